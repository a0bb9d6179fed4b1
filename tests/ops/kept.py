"""What ``dir(node)`` lists of what is saved, beside PyTorch's: nothing of our own, and what is missing is named."""

from pathlib import Path

# a node a line, the words that PyTorch's keeps and ours does not, and why
LEFT_OUT = {
    name: set(words.partition("  # ")[0].split())
    for name, words in (line.split(": ", 1) for line in Path(__file__).with_name("kept_left_out.txt").read_text().splitlines())
}


def nodes(outs):
    """Every node behind ``outs``, the nearest first."""
    waiting, found, met = [o.grad_fn for o in outs if o.grad_fn is not None], [], set()
    while waiting:
        node = waiting.pop(0)
        if id(node) not in met:
            met.add(id(node))
            found.append(node)
            waiting += [following for following, _ in node.next_functions if following is not None]
    return found


def listed(node):
    return {word.removeprefix("_saved_") for word in dir(node) if word.startswith("_saved_")}


def assert_kept(ours, theirs):
    """The nodes behind the outputs list the same words, but for those left out; where the graphs are the same."""
    ours, theirs = nodes(ours), nodes(theirs)
    if [n.name() for n in ours] == [n.name() for n in theirs]:
        for a, b in zip(ours, theirs):
            more, less = listed(a) - listed(b), listed(b) - listed(a)
            assert not more, f"{a.name()} lists {more}"
            assert all(hasattr(type(a), f"_saved_{word}") for word in listed(a)), f"{a.name()} lists what it has not"
            assert less <= LEFT_OUT.get(a.name().removesuffix("_copy"), set()), f"{a.name()} does not list {less}"
