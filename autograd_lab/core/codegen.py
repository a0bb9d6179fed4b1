"""From a declaration to plain functions: a dispatcher, ``apply`` and ``visit``, and the last two on tensors.

Everything here runs once per primitive. The text it makes is what a patient programmer would write by hand for that one
operation; every unusual line in it carries its price, and ``Primitive.source`` shows the result.
"""

from __future__ import annotations

import inspect

from .complexes import MET
from .dtypes import DIFFERENTIABLE
from .expressions import Numpys, World, as_text
from .layout import IN_ORDER, IN_ORDER_IF, is_nested
from .low_precision import AS_THEY_ARE, EXACT_NUMBERS, WITHOUT
from .refusals import DIVISIONS, REFUSED, SUBTRACTIONS, kinds_of
from .rules import unsent

OPERATORS = frozenset(("add", "sub", "mul", "div", "rsub"))  # primitives that are Tensor's operators as they are
_REQUIRED = inspect.Parameter.empty


def _readers(p, saved: str) -> str:
    """A condition: some input whose rule reads ``saved`` wants a gradient."""
    wanting = [name for name, rule in p.rules.items() if saved in rule.reads]
    return " or ".join(f"{name}_node is not None" for name in wanting)


def names_of(function) -> tuple[str, ...]:
    """The names of the positional parameters, and of ``*xs`` after them."""
    code = function.__code__
    names, count = code.co_varnames, code.co_argcount
    return names[:count] if not code.co_flags & inspect.CO_VARARGS else (*names[:count], names[count + code.co_kwonlyargcount])


def parameters_of(function) -> tuple[tuple[str, ...], dict[str, object], bool]:
    """(`names_of`, the keyword-only parameters with their defaults, whether there is a ``*xs``).

    Read from the code object: 1 us, where ``inspect.signature`` takes 30 and would be a third of the package's import.
    """
    code = function.__code__
    count = code.co_argcount
    keywords = code.co_varnames[count : count + code.co_kwonlyargcount]
    defaults = function.__kwdefaults__ or {}
    return (
        names_of(function),
        {name: defaults.get(name, _REQUIRED) for name in keywords},
        bool(code.co_flags & inspect.CO_VARARGS),
    )


def node_slots(p) -> tuple[str, ...]:
    """The slots of the primitive's Node class: what its rules read, a version for each saved tensor, and ``also`` what it names."""
    slots = [*p.also]
    for name in p.saves:
        slots.append(name)
        if name in p.inputs:
            slots.append(name + "_version")
        elif name == "out":
            slots += ["counter", "out_version"]
    return tuple([*slots, "watched"] if p.places else slots)


_NUMBERS = frozenset(
    "alpha beta delta eps input_scale lambd margin negative_slope neginf posinf threshold value weight".split()
)


def _computes(p) -> bool:
    """Whether 16-bit floats are widened for the primitive: views and casts compute nothing."""
    return not p.view and p.__name__ not in AS_THEY_ARE and not any(name.endswith("_dtype") for name in p.saves)


def dispatcher_source(p, noting: bool = False, low: bool = False, away: bool = False) -> str:
    """The function users call: unwrap, promote, compute, and record a node if an input wants a gradient.

    ``noting``: with a line that tells births.py what was made of what. ``low``: with those that compute 16-bit floats in
    float32 (low_precision.py). ``away``: operands may be arrays on a device (device.py), which are of one type and no scalars.
    """
    low = low and _computes(p)
    saved_inputs = [x for x in p.inputs if x in p.saves]
    defaults = [f"{k}={v!r}" if v is not _REQUIRED else k for k, v in p.params.items()]
    lines = [f"def call({', '.join([*p.inputs, *defaults])}):"]
    binary = p.elementwise and len(p.inputs) == 2
    operator = p.__name__ in OPERATORS
    exact = low and p.__name__ in EXACT_NUMBERS
    # a view or what was made of one may lie in memory otherwise than by rows, and so may the result
    may_lie = is_nested(p)
    masked = p.elementwise and "mask" in p.params  # which is an operand too, and the first
    if may_lie:
        lines += ["    turned = type(mask) is ndarray and not mask.flags.c_contiguous" if masked else "    turned = False"]
    for i, x in enumerate(p.inputs):
        other = p.inputs[1 - i] if binary else None
        counter = f"{x}_counter" if x in saved_inputs else "_"
        lines += [
            # one test for "plain tensor": subclasses, views and Python numbers take the slower road
            f"    if type({x}) is Tensor and {x}._more is None:",
            f"        {x}_array = {x}._array; {x}_node = {x}._node" + (f"; {counter} = {x}._counter" if counter != "_" else ""),
            "    else:",
            *([f"        if type({x}) is bool: raise of_a_bool({other})"] if p.__name__ in SUBTRACTIONS else []),
            f"        {x}, {x}_array, {x}_node, {counter} = operand({x}, {other}"
            f"{', True' if exact and i else ', False' if operator else ''}{', True' if operator else ''})",
            # not a tensor and not a number: the other operand's type is asked, and then Python refuses in its own words
            *(
                [f"        if {x}_array is None: return of_operator('__{p.__name__}__', {', '.join(p.inputs)})"]
                if operator
                else []
            ),
            *([f"        if {x} is not {x}_array and {x}._more is not None: turned = True"] if may_lie else []),
        ]
    arrays = [f"{x}_array" for x in p.inputs]
    laying = ", ".join(["mask"] * masked + arrays)
    is_low = " or ".join(f"{a}.dtype.num in LOW" for a in arrays)
    if away and len(arrays) > 1:
        lines += [f"    together({', '.join(arrays)})"]
    if binary:
        x, y = arrays
        differing = f"differing({x}, {y}); " if p.__name__ in SUBTRACTIONS else ""
        lines += [
            "    fit = low = None" if low else "    fit = None",
            *(
                [f"    if {is_low}: {differing}{x}, {y}, fit, low = lowered({', '.join((*p.inputs, x, y))}, {exact})"]
                if low
                else []
            ),
            *([f"    if low is not None: raise without({p.__name__!r}, low)"] if low and p.__name__ in WITHOUT else []),
            # two NumPy scalars of one type need neither promotion nor broadcasting: 60 ns saved on scalar graphs
            f"    {'el' if low else ''}if {'not isinstance' if away else 'type'}({x}{', generic)' if away else ') is ndarray'} or "
            f"type({x}) is not type({y}):",
            # a constant is its own array (operand), 0-d and of the right dtype: nothing to bring back
            f"        if {x}.dtype is not {y}.dtype or "
            f"{p.inputs[1]} is not {y} and {p.inputs[0]} is not {x} and {x}.shape != {y}.shape:",
            f"            {differing}{x}, {y}, fit = reconcile({x}, {y})",
        ]
    elif low:
        own = ", ".join(f"({a}.shape, {a}.dtype)" for a in arrays)
        lines += [
            *([f"    lacking({p.__name__!r}, {', '.join(arrays)})"] if p.__name__ in WITHOUT else []),
            "    low = fit = None",
            f"    if {is_low}: fit = {own},; {', '.join(arrays)}, low = widened({', '.join(arrays)})",
        ]
    # who computes with floats alone is not asked where it would show: these refuse booleans only, or are too common
    early = "c" in kinds_of(p.__name__) and (p.__name__ not in ("relu", "clamp") or bool(MET))
    if early:
        lines += [_refusing(p, "    ")]
    if p.view:
        lines += [f"    if type({arrays[0]}) is not ndarray: {arrays[0]} = {p.inputs[0]}._materialise()"]
    # a float64 of NumPy's would make float64 of all it meets, and is a number to PyTorch
    lines += [f"    if isinstance({k}, generic): {k} = {k}.item()" for k in p.params if k in _NUMBERS]
    params = "".join(f", {k}={k}" for k in p.params)
    values = "".join(f"{k!r}: {k}, " for k in p.params)
    forward = as_text(p.forward, "NUMPY", (*arrays, *p.params), Numpys) or f"forward(NUMPY, {', '.join(arrays)}{params})"
    lines += [
        "    out = new(Tensor)",
        # a try costs nothing until NumPy refuses
        f"    try: out._array = out_array = {forward}",
        f"    except NUMPYS as error: raise explained(primitive, error, ({', '.join(arrays)},), {{{values}}}) from None",
        "    out._more = None",
        *(["    if low is not None: out._array = out_array = narrow(out_array, low)"] if low else []),
        *(
            [
                *([f"    if turned and out_array.ndim > 1: out_array = settled(out, ({laying},))._array"] if may_lie else []),
            ]
            if may_lie
            else []
        ),
    ]
    if p.__name__ in IN_ORDER or p.__name__ in IN_ORDER_IF:
        where = f" and {IN_ORDER_IF[p.__name__].format(x=arrays[0])}" if p.__name__ in IN_ORDER_IF else ""
        lines += [
            f"    if type(out_array) is ndarray and out_array.ndim > 1 and not out_array.flags.c_contiguous{where}: "
            "out._array = out_array = in_order(out_array)"
        ]
    wants = [x for x in p.inputs if x in p.rules]
    tests = " or ".join(f"{x}_node is not None" for x in wants)
    some = (
        f" and out_array.dtype.kind in {DIFFERENTIABLE!r}" if "dtype" in p.params else ""
    )  # a cast to integers ends the history
    lines += [f"    if ({tests or 'False'}) and recording(){some}:"]
    points = [f"{x}_node" if x in p.rules else "None" for x in p.inputs]
    lines += [
        # a class without __init__ is 30 ns cheaper to call than object.__new__
        f"        out._node = node = {f'(Overload_ if {p.overload[0]} else Node_)' if p.overload else 'Node_'}()",
        f"        node.seq = draw(); node.hooks = None; node.edges = ({', '.join(points)},)",
    ]
    if binary or low:
        lines += ["        node.fit = fit"]
    counter = "None"
    for name in p.saves:
        if name in p.inputs:
            lines += [
                f"        if {_readers(p, name)}:",
                f"            node.{name} = {name}; node.{name}_version = 0 if {name}_counter is None else {name}_counter[0]",
                f"        else: node.{name} = None",
            ]
        elif name == "out":
            # a counter is a one-element list: shared by reference, 20 ns to make; an object with a field costs 45
            counter = "[0]"
            lines += ["        node.out = out_array; node.out_version = 0; node.counter = out._counter = [0]"]
        elif name in p.params:
            lines += [f"        node.{name} = {name}"]
        else:
            owner, what = name.rsplit("_", 1)
            lines += [f"        node.{name} = {owner}_array.{what}"]
    if p.places:
        lines += ["        node.watched = None"]  # places.py
    if counter == "None":
        lines += ["        out._counter = None"]
    at_else = len(lines)
    lines += ["    else:", "        out._node = out._counter = None"]
    if p.floating:
        kinds = " and ".join(f"{a}.dtype.kind not in 'fc'" for a in arrays)
        lines += [f"        if {kinds}: out._array = as_floating(primitive, ({', '.join(p.inputs)},), {{{values}}})"]
    if p.__name__ in REFUSED and not early:
        lines += [_refusing(p, "        ")]
    if p.__name__ in DIVISIONS:
        divisor = arrays[1] if binary else "other"
        lines += [f"        if {arrays[0]}.dtype.kind in 'iu': by_zero({divisor})"]
    lines += ["        if inference_open: mark_inference(out)"]
    if noting:
        lines[at_else] = "    else:\n        node = None"
        lines += [f"    note(primitive, ({', '.join(p.inputs)},), {{{values}}}, out, node)"]
    if p.view:
        lines += [f"    return {p.inputs[0]}._lend(out, (primitive, {{{values}}}))"]
    else:
        lines += ["    return out"]
    return "\n".join(lines)


def _refusing(p, indent: str) -> str:
    """The line that raises for kinds of numbers which PyTorch has no kernel for."""
    x = f"{p.inputs[0]}_array"
    return f"{indent}if {x}.dtype.kind in {kinds_of(p.__name__)!r}: raise refused({p.__name__!r}, {x}.dtype)"


def apply_source(p, on_tensors: bool = False, low: bool = False, turning: bool = False) -> str:
    """``apply`` (or ``apply_tensors``): the gradient of each input, from g and what was saved."""
    lines = [f"def {'apply_tensors' if on_tensors else 'apply'}(node, g, keep):", *_fetched(p, on_tensors, low, turning)]
    for x in p.inputs:
        if x in p.rules and p.rules[x].function is unsent:
            lines += [f"    {x}_grad = None"]
        elif x in p.rules:
            lines += [f"    if {x}_node is not None:", *_rule(p, x, on_tensors, low, turning), f"    else: {x}_grad = None"]
    grads = "".join(f"{x}_grad, " if x in p.rules else "None, " for x in p.inputs)
    return "\n".join([*lines, *_released(p), f"    return ({grads})"])


def visit_source(p, on_tensors: bool = False, low: bool = False, turning: bool = False) -> str:
    """``visit`` (or ``visit_tensors``): the same, and each gradient goes to its gathering point at once.

    That saves the pass a tuple and a zip, 0.25 us a node. When a rule raises, what the rules before it gave has gone out.
    """
    lines = [f"def {'visit_tensors' if on_tensors else 'visit'}(node, g, keep, grads):", *_fetched(p, on_tensors, low, turning)]
    for x in p.rules:
        if p.rules[x].function is unsent:
            continue
        lines += [
            f"    if {x}_node is not None:",
            *_rule(p, x, on_tensors, low, turning),
            f"        if {x}_node not in grads: grads[{x}_node] = {x}_grad",
        ]
        if not on_tensors:  # a large sum that nobody else holds is added to in place: 1.2 us for 2.1 at 10,000 elements
            lines += [f"        elif type({x}_grad) is ndarray and {x}_grad.size > 4096: add_to(grads, {x}_node, {x}_grad)"]
        lines += [f"        else: grads[{x}_node] = grads[{x}_node] + {x}_grad"]
    return "\n".join([*lines, *_released(p)])


def _fetched(p, on_tensors: bool, low: bool, turning: bool) -> list[str]:
    """Lines that put what was saved, checked, into local names, and the edges too."""
    lines = []
    if turning and p.holomorphic:  # complexes.py
        lines += ["    turned = is_complex(g)", "    if turned: g = turn(g)"]
    if low:  # fit: the inputs' own dtypes, where one of them was 16 bits wide; a node from before there were any has none
        fits = [] if _may_fit(p) else ["    fit = getattr(node, 'fit', None)"]
        lines += [*fits, "    low = g.dtype if g.dtype.num in LOW else None", "    if low is not None: g = wide(g)"]
    for value in p.saves:
        lines += [f"    {value} = node.{value}"]
        if value in p.inputs:
            lines += [
                f"    if type({value}) is Tensor:",
                f"        counter = {value}._counter",
                f"        if counter is not None and counter[0] != node.{value}_version: outdated(node, {value!r})",
                *([] if on_tensors else [f"        {value} = {value}._array"]),
                f"    elif {value} is not None and ({value} is FREED or isinstance({value}, Tensor)):",
                f"        {value} = primitive.unsave(node, {value!r}, {on_tensors})",
            ]
        elif value == "out":
            lines += [
                "    if out is FREED: raise second_time(node)",
                "    if node.counter[0] != node.out_version: raise changed(node, 'out')",
                *(["    out = output_tensor(node, out)"] if on_tensors else []),
            ]
        elif value in p.places:
            lines += [f"    if {value} is FREED: raise second_time(node)", "    if node.watched is not None: heed(node)"]
    if low and p.holds:
        either = "low is not None" if _may_fit(p) else "low is not None or fit is not None"
        lines += [f"    if {either}: " + "; ".join(f"{value} = wide({value})" for value in p.holds)]
    if on_tensors and p.places:
        lines += ["    watched = node.watched", "    since = 0 if watched is None else draw()"]
    points = [f"{x}_node" if x in p.rules else "_" for x in p.inputs]
    lines += [f"    {', '.join(points)}, = node.edges"]
    return [*lines, "    fit = node.fit"] if _may_fit(p) else lines


def _rule(p, x: str, on_tensors: bool, low: bool, turning: bool) -> list[str]:
    """Lines, two levels deep, that make ``<x>_grad`` by x's rule."""
    rule = p.rules[x]
    names = rule.reads if rule.is_partial else ("g", *rule.reads)
    world, kind = ("TENSORS", World) if on_tensors else ("NUMPY", Numpys)
    term = as_text(rule.function, world, names, kind) or f"{x}_rule({', '.join((world, *names))})"
    if hasattr(rule.function, "by_columns"):  # the same, laid otherwise, for the gradient of a transposed matrix
        term = f"({x}_by_columns_rule({', '.join((world, *names))}) if is_turned({x}_node) else {term})"
    lines = [f"        {x}_grad = g * {term}" if rule.is_partial else f"        {x}_grad = {term}"]
    if turning and p.holomorphic:
        if rule.is_partial:  # PyTorch's product, which settles the sign of a zero
            lines = [f"        if turned: {x}_grad = turn(g) * turn({term})", f"        else: {lines[0].strip()}"]
        else:
            lines += [f"        if turned: {x}_grad = turn({x}_grad)"]
    if on_tensors and p.places:
        lines += [f"        if watched is not None: pass_on(node, {x}_grad, since)"]
    if on_tensors and rule.recorded:
        lines += [f"        {x}_grad = TENSORS.{rule.recorded}({', '.join((f'{x}_grad', *rule.reads[: rule.beside]))})"]
    if _may_fit(p):
        refit = "refit_tensor" if on_tensors else "refit"
        lines += [f"        if fit is not None: {x}_grad = {refit}({x}_grad, fit[{p.inputs.index(x)}])"]
    if low and f"{x}_dtype" not in rule.reads:  # such a rule casts by itself
        if not _may_fit(p):
            lines += [f"        if fit is not None: {x}_grad = narrow({x}_grad, fit[{p.inputs.index(x)}][1])"]
        lines += [f"        elif low is not None: {x}_grad = narrow({x}_grad, low)"]
    return lines


def _may_fit(p) -> bool:
    """Operands may have been broadcast or promoted, so that gradients must be brought back."""
    return p.elementwise and len(p.inputs) > 1


def _released(p) -> list[str]:
    """After the rules, so that a node whose rule raised can still be looked at."""
    if any(not {*rule.reads} & {*p.holds} for rule in p.rules.values()):  # for which nothing may have been saved
        freed = [f"    if not keep and node.{held} is not None: node.{held} = FREED" for held in p.holds]
    else:
        freed = ["    if not keep: " + " = ".join(f"node.{held}" for held in p.holds) + " = FREED"] if p.holds else []
    freed += [f"    if not keep and has_arrays({place}): node.{place} = FREED" for place in p.places]
    return [*freed, "    if not keep: node.watched = None"] if p.places else freed
