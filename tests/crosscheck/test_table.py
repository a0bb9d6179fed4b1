"""The page of operations says what the declarations say."""

import re

import pytest

from autograd_lab.core import PRIMITIVES
from autograd_lab.crosscheck import conventions, table


@pytest.fixture(scope="module")
def rows():
    return {row.op: row for row in table.rows()}


def test_the_page_is_up_to_date():
    assert table.PAGE.read_text(encoding="utf-8") == table.markdown(), "run: python -m autograd_lab.crosscheck.table"


def test_check_tells_when_it_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "PAGE", tmp_path / "TABLE.md")
    table.PAGE.write_text("old")
    assert table.main(["--check"]) == 1
    assert table.main([]) == 0 and table.main(["--check"]) == 0


def test_every_operation_has_a_row_with_all_its_rules(rows):
    ours = {name: p for name, p in PRIMITIVES.items() if p.forward.__module__.startswith("autograd_lab.core.ops.")}
    assert set(rows) == set(ours)
    for name, p in ours.items():
        assert set(rows[name].rules) == set(p.rules) and rows[name].saved == p.saves and rows[name].contract


def test_every_rule_can_be_read(rows):
    for row in rows.values():
        for text in row.rules.values():
            name = text.removeprefix("g * ").partition("(")[0]
            assert text == "None" or re.search(r"\bg\b", text) or name in row.long, f"{row.op}: {text}"


def test_every_kink_of_the_conventions_is_told(rows):
    for row in conventions.CONVENTIONS:
        assert row.torch in rows[row.op].kink and (row.torch == row.jax or row.jax in rows[row.op].kink)


def test_every_operation_with_a_rule_has_an_oracle(rows):
    assert not [row.op for row in rows.values() if row.rules and not row.oracle]


def test_a_line(rows):
    tanh = rows["tanh"]
    assert tanh.rules == {"x": "g * (1 - out * out)"} and tanh.saved == ("out",) and tanh.node == "TanhBackward0"
    assert rows["abs"].kink == "at 0: 0 (JAX: 1)"
    assert "`tanh` | Hyperbolic tangent" in table.markdown()
