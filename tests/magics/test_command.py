"""The table of words, and the sentences that follow from it."""

import pytest

from autograd_lab.magics import run_line
from autograd_lab.magics.command import COMMANDS, Command, UsageError, find, split_arguments


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", []),
        ("f x w", ["f", "x", "w"]),
        ("  f   x ", ["f", "x"]),
        ("f x[0, 1] (a + b)", ["f", "x[0, 1]", "(a + b)"]),
        ("f {'k': [1, 2]} 'a b'", ["f", "{'k': [1, 2]}", "'a b'"]),
        ("f '(' x", ["f", "'('", "x"]),
        ("f [1, 2", ["f", "[1, 2"]),
    ],
)
def test_arguments_divide_at_spaces_outside_brackets_and_quotes(line, parts):
    assert split_arguments(line) == parts


@pytest.mark.parametrize(("typed", "meant"), [("grahp", "graph"), ("setp", "step"), ("leafs", "leaves"), ("chek", "check")])
def test_an_unknown_word_is_named_with_the_nearest_there_is(typed, meant):
    with pytest.raises(UsageError, match=rf"no word '{typed}'\. Did you mean %autograd {meant}\?"):
        find(typed)


def test_a_word_like_no_other_gets_the_list():
    with pytest.raises(
        UsageError, match=r"no word 'xyzzy'\. It has: graph, step, export, leaves, check, why, watch, unwatch, on, off"
    ):
        find("xyzzy")


def test_one_argument_is_the_whole_rest_of_the_line():
    assert Command("graph", "NAME", "", print).split(" a + b ") == ["a + b"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("graph", r"graph needs NAME\. Usage: %autograd graph NAME"),
        ("check", r"check needs FUNCTION\. Usage: %autograd check FUNCTION \[ARGS\.\.\.\]"),
        ("on please", r"on takes nothing after it, and got 'please'\. Usage: %autograd on"),
    ],
)
def test_too_few_and_too_many_arguments(line, sentence):
    with pytest.raises(UsageError, match=sentence):
        run_line(line, {})


@pytest.mark.parametrize("line", ["", "--help", "-h"])
def test_help_lists_every_word(line, capsys):
    run_line(line, {})
    said = capsys.readouterr().out
    assert all(command.usage in said and command.help in said for command in COMMANDS.values())
    assert max(map(len, said.splitlines())) <= 120


@pytest.mark.parametrize("word", COMMANDS)
def test_every_word_has_a_line_of_help_and_more(word, capsys):
    run_line(f"{word} --help", {})
    said = capsys.readouterr().out
    assert said.startswith(f"%autograd {word}") and "In Python: autograd_lab." in said
    assert COMMANDS[word].help.endswith(".")


@pytest.mark.parametrize("word", COMMANDS)
def test_every_word_is_also_a_function_of_the_package(word):
    import autograd_lab

    assert callable(getattr(autograd_lab, word))
