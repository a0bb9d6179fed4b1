"""Hooks of modules: before and after forward, before and after backward, one module's own or every module's."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any, ClassVar

from ...core import births, scopes
from ...core.function import Function
from ...core.grad_mode import is_recording
from ...core.hooks import RemovableHandle
from ...core.tensor import Tensor


class Everywhere:
    """The hooks of all modules, by the moment at which they run; those of one module run after them."""

    before: ClassVar[OrderedDict] = OrderedDict()
    after: ClassVar[OrderedDict] = OrderedDict()
    before_backward: ClassVar[OrderedDict] = OrderedDict()
    after_backward: ClassVar[OrderedDict] = OrderedDict()
    always: ClassVar[set] = set()  # ids of hooks that run even when forward raised


_PLACES = """_backward_pre_hooks _backward_hooks _forward_hooks _forward_hooks_with_kwargs _forward_hooks_always_called
             _forward_pre_hooks _forward_pre_hooks_with_kwargs""".split()
_ALL = (Everywhere.before, Everywhere.after, Everywhere.before_backward, Everywhere.after_backward)


def register_module_forward_pre_hook(hook) -> RemovableHandle:
    """Call ``hook(module, args)`` before the forward of every module."""
    return RemovableHandle(Everywhere.before, hook)


def register_module_forward_hook(hook, *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after the forward of every module."""
    handle = RemovableHandle(Everywhere.after, _Hook(hook, with_kwargs))
    if always_call:
        Everywhere.always.add(handle.id)
    return handle


def register_module_full_backward_pre_hook(hook) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` before the backward of every module."""
    return RemovableHandle(Everywhere.before_backward, hook)


def register_module_full_backward_hook(hook) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` after the backward of every module."""
    return RemovableHandle(Everywhere.after_backward, hook)


class _Hook:
    """A hook that may want the keyword arguments too."""

    def __init__(self, function, with_kwargs):
        self.function, self.with_kwargs = function, with_kwargs

    def __call__(self, *args):
        return self.function(*args)


def _tuple(x) -> tuple:
    return x if isinstance(x, tuple) else (x,)


class Hooked:
    """What a Module inherits to be called with hooks."""

    _forward_hooks: OrderedDict
    _forward_pre_hooks: OrderedDict
    _backward_hooks: OrderedDict
    _backward_pre_hooks: OrderedDict
    _forward_hooks_with_kwargs: OrderedDict  # ids of hooks that want them
    _forward_pre_hooks_with_kwargs: OrderedDict
    _forward_hooks_always_called: OrderedDict
    _is_full_backward_hook: bool | None
    forward: Any

    def _start_hooks(self) -> None:
        for name in _PLACES:
            object.__setattr__(self, name, OrderedDict())
        object.__setattr__(self, "_is_full_backward_hook", None)

    # ------------------------------------------------------------------ registering
    def _register(self, place: OrderedDict, hook, prepend: bool, *marks: OrderedDict) -> RemovableHandle:
        """``hook`` in its place; in each of ``marks`` its id is noted as long as it stands there."""
        handle = RemovableHandle(place, hook, extra_dict=marks)
        for mark in marks:
            mark[handle.id] = True
        if prepend:
            place.move_to_end(handle.id, last=False)
        return handle

    def register_forward_pre_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments.

        ``with_kwargs``: ``hook(module, args, kwargs)``, which returns None or both. ``prepend``: before the hooks there are.
        """
        marks = [self._forward_pre_hooks_with_kwargs] if with_kwargs else []
        return self._register(self._forward_pre_hooks, hook, prepend, *marks)

    def register_forward_hook(
        self, hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output.

        ``with_kwargs``: ``hook(module, args, kwargs, output)``. ``always_call``: also when forward raised, with output None.
        """
        marks = [self._forward_hooks_with_kwargs] if with_kwargs else []
        marks += [self._forward_hooks_always_called] if always_call else []
        return self._register(self._forward_hooks, hook, prepend, *marks)

    def register_full_backward_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are there; what it returns replaces them."""
        return self._register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the inputs' gradients are there; what it returns replaces them."""
        self._one_kind_of_backward_hook(True)
        return self._register(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook) -> RemovableHandle:
        """The old kind: ``hook(module, grad_input, grad_output)`` at the node that made the output, not at the module."""
        self._one_kind_of_backward_hook(False)
        return self._register(self._backward_hooks, hook, False)

    def _one_kind_of_backward_hook(self, full: bool) -> None:
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
            )
        object.__setattr__(self, "_is_full_backward_hook", full)

    # ------------------------------------------------------------------ calling
    @scopes.calls_modules
    def __call__(self, *args, **kwargs):
        scope = None if births.note is None else scopes.enter(type(self).__name__, self)
        try:
            if not (
                self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks or any(_ALL)
            ):
                return self.forward(*args, **kwargs)
            called: set = set()
            try:
                return self._call_hooked(args, kwargs, called)
            except Exception:
                self._call_always(args, kwargs, called)
                raise
        finally:
            if scope is not None:
                scope.leave()

    def _call_always(self, args, kwargs, called) -> None:
        """After forward raised: the hooks that want to be called all the same."""
        for id, hook in [*Everywhere.after.items(), *self._forward_hooks.items()]:
            if id not in called and (id in self._forward_hooks_always_called or id in Everywhere.always):
                try:
                    self._after_forward(id, hook, args, kwargs, None)
                except Exception as error:
                    kind = "global module" if id in Everywhere.always else "module"
                    warnings.warn(
                        f"{kind} forward hook with ``always_call=True`` raised an exception that was silenced as another "
                        f"error was raised in forward: {error}", stacklevel=3)  # fmt: skip

    def _call_hooked(self, args, kwargs, called):
        for id, hook in [*Everywhere.before.items(), *self._forward_pre_hooks.items()]:
            if id in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not isinstance(changed, tuple) or len(changed) != 2:
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                        )
                    args, kwargs = changed
            elif (changed := hook(self, args)) is not None:
                args = _tuple(changed)
        before, after = [*Everywhere.before_backward.values()], [*Everywhere.after_backward.values()]
        before += self._backward_pre_hooks.values()
        full = self._is_full_backward_hook is not False
        after += self._backward_hooks.values() if full else ()
        walk = BackwardHooks(self, before, after) if before or after else None
        if walk:
            args = walk.inputs(args)
        out = self.forward(*args, **kwargs)
        for id, hook in [*Everywhere.after.items(), *self._forward_hooks.items()]:
            called.add(id)
            changed = self._after_forward(id, hook, args, kwargs, out)
            out = out if changed is None else changed
        if walk:
            out = walk.outputs(out)
        if not full and self._backward_hooks:
            self._hook_the_last_node(args, out)
        return out

    def _after_forward(self, id, hook, args, kwargs, out):
        if id in self._forward_hooks_with_kwargs or getattr(hook, "with_kwargs", False):
            return hook(self, args, kwargs, out)
        return hook(self, args, out)

    def _hook_the_last_node(self, args, out) -> None:
        """Let the old kind of backward hook stand at the node that made the (first) output."""
        first = out
        while not isinstance(first, Tensor):
            first = next(v for v in first.values() if isinstance(v, Tensor)) if isinstance(first, dict) else first[0]
        node = first.grad_fn
        if node is None:
            return
        inputs = {a.grad_fn for a in args if isinstance(a, Tensor)} - {None}
        if inputs != {n for n, _ in node.next_functions}:
            warnings.warn(
                "Using a non-full backward hook when the forward contains multiple autograd Nodes is deprecated and will be removed "
                "in future versions. This hook will be missing some grad_input. Please use register_full_backward_hook to get the "
                "documented behavior.", FutureWarning, stacklevel=4)  # fmt: skip
        for hook in self._backward_hooks.values():
            node.register_hook(lambda grad_in, grad_out, hook=hook: hook(self, grad_in, grad_out))


class BackwardHookFunction(Function):
    """The identity on several tensors: a node at the edge of a module, for its backward hooks to stand at."""

    @staticmethod
    def forward(ctx, *tensors):
        ctx.mark_non_differentiable(*(t for t in tensors if not t.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx, *gradients):
        return gradients


class BackwardHooks:
    """One call of a module with backward hooks: nodes before and after what it computes."""

    def __init__(self, module, before, after):
        self.module, self.before, self.after = module, before, after
        self.grad_outputs, self.input_node, self.count = None, None, 0
        self.input_places, self.output_places = (), ()
        self.inputs_like = {}

    @staticmethod
    def _through(values):
        """(values with their tensors passed through a node, that node)."""
        tensors = [v for v in values if isinstance(v, Tensor)]
        if not (is_recording() and any(t.requires_grad for t in tensors)):
            return values, None
        through = BackwardHookFunction.apply(*tensors)
        node = next(t.grad_fn for t in through if t.grad_fn is not None)
        through = iter(through)
        return tuple(next(through) if isinstance(v, Tensor) else v for v in values), node

    def inputs(self, args):
        self.count = len(args)
        self.input_places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        self.inputs_like = {i: args[i].detach() for i in self.input_places}
        args, self.input_node = self._through(args)
        if self.input_node is not None:

            def hook(grad_inputs, _):
                return self.inputs_have_arrived(grad_inputs)

            hook.may_fill = True  # type: ignore[attr-defined]  (zeros for what has no gradient)
            self.input_node.register_hook(hook)
        return args

    def outputs(self, out):
        if isinstance(out, tuple):
            made, node = self._through(out)
            outs = made
        elif isinstance(out, Tensor):
            outs, node = self._through((out,))
            made = outs[0]
        else:
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(out)}", stacklevel=4)  # fmt: skip
            return out
        self.output_places = [i for i, o in enumerate(outs) if isinstance(o, Tensor)], len(outs)
        if node is not None:

            def hook(grad_outputs):
                return self.outputs_have_arrived(grad_outputs)

            node.register_prehook(hook)
        return made

    def outputs_have_arrived(self, grad_outputs):
        places, count = self.output_places
        self.grad_outputs = _placed(grad_outputs, places, count)
        for hook in self.before:
            changed = hook(self.module, self.grad_outputs)
            if changed is not None:
                if len(changed) != count:
                    raise RuntimeError(
                        f"Backward pre hook returned an invalid number of grad_output, got {len(changed)}, but expected {count}"
                    )
                self.grad_outputs = changed
        if self.input_node is None:
            if self.after:
                warnings.warn(
                    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
                    "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module."
                    "register_full_backward_hook for more details.", UserWarning, stacklevel=2)  # fmt: skip
            for hook in self.after:
                changed = hook(self.module, (None,) * self.count, self.grad_outputs)
                if changed is not None and not (isinstance(changed, tuple) and all(c is None for c in changed)):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or None for all "
                        "gradients."
                    )
        return tuple(self.grad_outputs[i] for i in places)

    def inputs_have_arrived(self, grad_inputs):
        if self.grad_outputs is None:
            return None  # the walk came in behind the module's outputs
        grad_inputs = [g if g is not None else self.inputs_like[i] * 0 for i, g in zip(self.input_places, grad_inputs)]
        given = grad_inputs = _placed(grad_inputs, self.input_places, self.count)
        for hook in self.after:
            changed = hook(self.module, grad_inputs, self.grad_outputs)
            if changed is not None:
                if len(changed) != len(given):
                    raise RuntimeError(
                        f"Backward hook returned an invalid number of grad_input, got {len(changed)}, but expected {len(given)}"
                    )
                grad_inputs = changed
        self.grad_outputs = None
        return tuple(grad_inputs[i] for i in self.input_places)


def _placed(values, places, count):
    """``values`` at their places among ``count``, None elsewhere."""
    out = [None] * count
    for i, value in zip(places, values):
        out[i] = value
    return tuple(out)
