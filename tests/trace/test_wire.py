"""wire.py and wire.ts say the same; what we send is what they say."""

import base64
import json
import re
import types
import typing
import zlib
from pathlib import Path

import pytest

import autograd_lab as torch
from autograd_lab.trace import rehearse, wire

TS = Path(__file__).parents[2] / "labextension" / "src" / "wire.ts"
NAMES = (
    "Summary PictureNode PictureEdge SavedTensor TensorRow Group Layout Part Source Picture FrameEvent RuleTerm Frame Failure "
    "Question Recording Overview"
)


def fields_of_typescript():
    """{interface: {field: (is optional, its TypeScript type)}}, comments left out, ``extends`` resolved."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", TS.read_text(), flags=re.DOTALL)
    found = {}
    for name, base, body in re.findall(r"export interface (\w+)(?: extends (\w+))? \{((?:[^{}]|\{[^{}]*\})*)\}", text):
        fields = dict(found.get(base, {}))
        flat = re.sub(r"\{[^{}]*\}", lambda m: m[0].replace(";", ","), body)
        for field in flat.split(";"):
            if match := re.match(r"\s*(\w+)(\??):\s*(.+)", field.strip(), re.DOTALL):
                fields[match[1]] = (bool(match[2]), match[3].strip())
        found[name] = fields
    return found


def optional_fields(kind):
    """{field: whether it may be left out}; read from the hints, because annotations that are text hide NotRequired."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field: typing.get_origin(hint) is typing.NotRequired for field, hint in hints.items()}


@pytest.mark.parametrize("name", NAMES.split())
def test_each_type_has_the_same_fields_and_the_same_ones_are_optional(name):
    theirs = {field: optional for field, (optional, _) in fields_of_typescript()[name].items()}
    assert optional_fields(getattr(wire, name)) == theirs


def test_every_interface_is_compared():
    assert set(fields_of_typescript()) <= set(NAMES.split())


@pytest.mark.parametrize("name", ["FrameEvent", "Failure", "PictureNode", "PictureEdge", "RuleTerm"])
def test_words_that_a_field_may_hold_are_the_same(name):
    text = TS.read_text()
    kinds = {match[1]: match[2] for match in re.finditer(r"export type (\w+) = ([^;]+);", text)}
    for field, (_, kind) in fields_of_typescript()[name].items():
        words = set(re.findall(r"'([^']+)'", kinds.get(kind, kind)))
        hint = typing.get_type_hints(getattr(wire, name))[field]
        assert words == {word for word in literals(hint) if word is not None}, (name, field)


def literals(hint):
    if typing.get_origin(hint) is typing.Literal:
        return set(typing.get_args(hint))
    return set().union(*map(literals, typing.get_args(hint))) if typing.get_origin(hint) is not list else set()


def problems(value, hint, where=""):
    """Where a value is not of the type the schema gives it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return [] if any(not problems(value, a) for a in arguments) else [f"{where}: {value!r}"]
    if origin is typing.Literal:
        return [] if value in arguments else [f"{where}: {value!r}"]
    if typing.is_typeddict(hint):
        hints = typing.get_type_hints(hint)
        if not isinstance(value, dict):
            return [f"{where}: {value!r}"]
        wrong = [f"{where}.{k} is unknown" for k in value if k not in hints]
        wrong += [f"{where}.{k} is missing" for k, optional in optional_fields(hint).items() if not optional and k not in value]
        return wrong + [p for k, v in value.items() if k in hints for p in problems(v, hints[k], f"{where}.{k}")]
    if origin is list:
        return [p for i, v in enumerate(value) for p in problems(v, arguments[0], f"{where}[{i}]")]
    if origin is dict:
        return [p for k, v in value.items() for p in problems(v, arguments[1], f"{where}[{k!r}]")]
    allowed = (int, float) if hint is float else hint if hint is not None else type(None)
    return [] if isinstance(value, allowed) else [f"{where}: {value!r}"]


PROGRAMS = {
    "scalars": "x = torch.tensor(2.0, requires_grad=True)\ny = 3 * x * x.detach() + x.exp()",
    "matrices": "x = torch.ones(9, 40, requires_grad=True)\nh = (x @ torch.ones(40, 50)).relu()\ny = h.mean()",
    "several outputs": "x = torch.arange(6.0).requires_grad_()\na, b = x.split(3)\ny = (a * b).sum() + b.max(0)[0]",
    "nan": "x = torch.tensor([0.0, 1.0], requires_grad=True)\ny = (x.sqrt() * 0).sum()",
    "in place": "x = torch.ones(3, requires_grad=True)\ne = x.exp()\ne += 1\ny = e.sum()",
    "hooks": "x = torch.ones(3, requires_grad=True)\nh = x * 2\nh.retain_grad()\nh.register_hook(lambda g: g * 2)\ny = h.sum()",
}


@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_recording_is_what_the_schema_says_and_json_to_the_letter(cell, program, noted):
    y = cell(PROGRAMS[program], noted)["y"]
    sent = rehearse(y, names={"y": y}).to_wire()
    assert problems(sent, wire.Recording) == []
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent


def test_the_check_itself_sees_what_is_wrong():
    x = torch.tensor(2.0, requires_grad=True)
    sent = rehearse(x * x).to_wire()
    sent["nodes"][0]["extra"] = 1
    sent["frames"][1].pop("edges")
    sent["saved"][0]["bytes"] = "4"
    assert problems(sent, wire.Recording) == [
        ".nodes[0].extra is unknown", ".saved[0].bytes: '4'", ".frames[1].edges is missing",
    ]  # fmt: skip


def test_an_output_of_a_large_graph_is_one_string():
    small, large = {"wire": 1, "nodes": [{}] * wire.LARGE}, {"wire": 1, "nodes": [{"name": "é"}] * (wire.LARGE + 1)}
    assert wire.output(small) is small
    assert wire.output(large) == json.dumps(large, ensure_ascii=False, separators=(",", ":"))


def test_a_large_graph_is_compacted_into_its_picture_and_what_changes():
    small = {"wire": 1, "nodes": [{}] * wire.LARGE, "frames": []}
    large = {"wire": 1, "nodes": [{"name": "é"}] * (wire.LARGE + 1), "frames": [{"step": 0}], "at": 0}
    assert wire.compact(small) == small
    held = wire.compact(large)
    assert {key: value for key, value in held.items() if key != "json"} == {"wire": 1, "frames": [{"step": 0}], "at": 0}
    held["frames"] = [{"step": 0}, {"step": 1}]
    assert json.loads(str(wire.output(held))) == large | {"frames": held["frames"]}


def test_a_very_large_graph_is_packed_and_read_again_to_the_letter():
    name = "é" * 2000
    whole = {"wire": 1, "nodes": [{"name": name}] * (wire.LARGE + 1), "frames": [{"step": 0}], "at": 0}
    held = wire.compact(whole)
    assert sorted(held) == ["at", "frames", "wire", "zip"] and len(held["zip"]) < wire.LONG / 10
    held["frames"] = [{"step": 0}, {"step": 1}]
    for shown in (wire.output(held), wire.output(whole | {"frames": held["frames"]})):
        assert not isinstance(shown, str)
        picture = json.loads(zlib.decompress(base64.b64decode(shown["zip"])))
        assert picture | json.loads(shown["json"]) == whole | {"frames": held["frames"]} and shown["wire"] == 1
