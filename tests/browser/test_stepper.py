"""Stepping a backward pass in JupyterLab: by key, back and forth, across a reload, and how much travels for it."""

import json
import struct

from playwright.sync_api import expect

# Two paths from a to the loss: a is 2, b is 6, loss = b * b + a = 38, and d loss / d a = 2 * 6 * 3 + 1 = 37.
TWO_PATHS = """import autograd_lab as torch
a = torch.tensor(2.0, requires_grad=True)
b = a * 3
loss = b * b + a
s = torch.step(loss)
s"""
CHAIN = """import autograd_lab as torch
x = torch.ones(3, requires_grad=True)
y = x
for _ in range({}):
    y = (y * 0.5).tanh()
s = torch.step(y.sum())
s"""
HEAVIEST = 1000  # bytes a step may send, whatever the graph's size


def stepper(output):
    return output.locator("[data-steps]")


def at(output, step):
    """Wait until the stepper shows this step, its words too."""
    expect(stepper(output)).to_have_attribute("data-step", str(step))
    expect(output.locator(".now[aria-busy]")).to_have_count(0)


def press(output, *keys):
    picture = output.locator("[aria-roledescription='autograd graph']")
    for key in keys:
        picture.press(key)


def states(output) -> dict[str, str]:
    """State of every drawn node, by its id."""
    return output.locator("[data-node-id]").evaluate_all(
        "nodes => Object.fromEntries(nodes.map(n => [n.dataset.nodeId, n.dataset.state]))"
    )


def test_keys_walk_the_pass_forth_and_back(lab):
    lab.open("keys.ipynb", TWO_PATHS, "a.grad", "s.position, len(s)")
    output = lab.run(0)
    at(output, 0)
    steps = int(stepper(output).get_attribute("data-steps"))
    assert steps == 4  # add, mul, mul, and a's sink
    before = states(output)
    press(output, "ArrowRight")
    at(output, 1)
    first = states(output)
    assert list(first.values()).count("current") == 1 and first != before
    press(output, "ArrowRight")
    at(output, 2)
    press(output, "ArrowLeft")
    at(output, 1)
    assert states(output) == first
    press(output, "End")
    at(output, steps)
    leaf = output.locator("[data-node-id][data-kind='leaf']")
    expect(leaf).to_contain_text("37")
    press(output, "Home")
    at(output, 0)
    assert states(output) == before
    # the page looks at the start, the pass has been taken, and the gradient is the real one
    assert lab.run(1).inner_text().strip().endswith("tensor(37.)")
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 1


def test_arrow_keys_leave_the_notebook_where_it_is(lab):
    lab.open("arrows.ipynb", "1", TWO_PATHS, "2")
    output = lab.run(1)
    active = "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    press(output, "ArrowRight", "ArrowLeft", "ArrowRight")
    at(output, 1)
    assert lab.page.evaluate(active) == 1


def test_python_and_page_walk_the_same_pass(lab):
    at_once = "t = torch.step(a * a); display(t); t.next()"  # before its page can hear of a step
    lab.open("both.ipynb", TWO_PATHS, "print(s.next(), s.position)", "s.run(); print(s.position, a.grad)", at_once)
    output = lab.run(0)
    at(output, 0)
    assert lab.run(1).inner_text().strip().endswith("True 1")
    at(output, 1)
    press(output, "ArrowRight")
    at(output, 2)
    assert lab.run(2).inner_text().strip().endswith("4 tensor(37.)")
    at(output, 4)
    at(lab.run(3), 1)


def test_reload_keeps_the_step(own_lab):
    own_lab.open("reload.ipynb", TWO_PATHS)
    output = own_lab.run(0)
    press(output, "ArrowRight", "ArrowRight")
    at(output, 2)
    seen = states(output)
    own_lab.command("docmanager:save")
    own_lab.reload()
    output = own_lab.output(0)
    at(output, 2)
    assert states(output) == seen
    press(output, "ArrowRight")
    at(output, 3)


def test_two_views_show_one_pass(lab):
    lab.open("views.ipynb", TWO_PATHS, "s")
    one, two = lab.run(0), lab.run(1)
    press(one, "ArrowRight")
    at(one, 1)
    at(two, 1)


def contents(frames, kind):
    """Bytes of each message's content, of the messages of one kind, from frames of Jupyter's binary websocket protocol."""
    for frame in frames:
        if isinstance(frame, bytes):
            count = struct.unpack_from("<Q", frame)[0]
            cuts = struct.unpack_from(f"<{count}Q", frame, 8)
            header, content = frame[cuts[1] : cuts[2]], frame[cuts[4] : cuts[5]]
            if json.loads(header)["msg_type"] == kind:
                yield content


def test_a_step_is_a_small_message(lab):
    lab.open("chains.ipynb", CHAIN.format(5), CHAIN.format(100))
    for cell in (0, 1):
        output = lab.run(cell)
        press(output, "ArrowRight")
        at(output, 1)
        lab.frames.clear()  # the picture came before the first step; what comes now is the steps'
        for step in (2, 3, 4, 5):
            press(output, "ArrowRight")
            at(output, step)
        sent = [len(content) for content in contents(lab.frames, "comm_msg")]
        assert len(sent) >= 4 and max(sent) <= HEAVIEST, f"bytes of the messages of four steps: {sent}"
