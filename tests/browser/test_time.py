"""The axis of time in JupyterLab: the forward pass before zero, the moments inside a step, running to a stop, what changes meanwhile."""

from playwright.sync_api import expect

TWO_PATHS = """import autograd_lab as torch
a = torch.tensor(2.0, requires_grad=True)
b = a * 3
loss = b * b + a
s = torch.step(loss)
s"""
HOOKED = """import autograd_lab as torch
a, w = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
b = a * w
b.register_hook(lambda g: g * 10)
s = torch.step(b * b)
s"""


def root(output):
    return output.locator("[data-steps]")


def at(output, step):
    """Wait until the stepper shows this step, its words too."""
    expect(root(output)).to_have_attribute("data-step", str(step))
    expect(output.locator(".now[aria-busy]")).to_have_count(0)


def press(output, *keys):
    picture = output.locator("[aria-roledescription='autograd graph']")
    for key in keys:
        picture.press(key)


def node(output, name):
    return output.locator("[data-node-id]", has=output.page.locator(f"text.name:text-is('{name}')"))


def replays_the_forward_pass(output):
    """Home, Home, then one operation after the other, into the backward pass."""
    press(output, "Home")
    if root(output).get_attribute("data-step") == "0":
        press(output, "Home")
    at(output, -3)
    expect(root(output)).to_have_attribute("data-phase", "forward")
    expect(node(output, "b")).to_have_attribute("data-state", "unmade")
    press(output, "ArrowRight")
    expect(node(output, "b")).to_have_attribute("data-state", "current")
    expect(output.locator(".panel.now")).to_contain_text("forward 1 of 3")
    expect(output.locator("[role=status].sr")).to_contain_text("forward 1 of 3: a * 3 = 6.")
    press(output, "ArrowRight", "ArrowRight")
    at(output, 0)
    press(output, "ArrowLeft")
    at(output, -1)


def test_the_forward_pass_is_replayed_before_the_first_step(lab):
    lab.open("forward.ipynb", TWO_PATHS, "s.position, s.operations", "s.replay(0)", "a.grad")
    output = lab.run(0)
    replays_the_forward_pass(output)
    lab.run_until(1, "(-1, 3)")
    lab.run(2)
    at(output, -3)
    press(output, "ArrowRight")
    at(output, -2)
    assert lab.run(3).inner_text().strip() == ""  # nothing was walked


def test_it_is_in_a_saved_notebook_and_in_the_page_of_its_own(own_lab):
    own_lab.open("kept.ipynb", TWO_PATHS, "s.export('kept.html')")
    own_lab.run(0)
    own_lab.run(1)
    own_lab.command("docmanager:save")
    own_lab.server.stop_kernels()
    own_lab.page.reload()
    own_lab.page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    output = own_lab.output(0)
    root(output).wait_for()
    replays_the_forward_pass(output)
    press(output, "Home", "End")
    at(output, 4)
    own_lab.page.goto(f"{own_lab.server.url}/files/kept.html?token={own_lab.server.token}")
    page = own_lab.page.locator("body")
    root(page).wait_for()
    replays_the_forward_pass(page)


def test_a_step_is_opened_moment_by_moment(lab):
    lab.open("moments.ipynb", HOOKED)
    output = lab.run(0)
    press(output, "ArrowRight")
    at(output, 1)
    press(output, "Shift+ArrowRight")
    at(output, 2)
    expect(root(output)).to_have_attribute("data-moment", "0")
    expect(output.locator(".moments button")).to_have_text(["sum", "hook", "→ a", "→ w", "free"])
    said = output.locator("[role=status].sr")
    press(output, "Shift+ArrowRight")
    expect(said).to_contain_text("moment 2 of 5. hook of line 4 changed the gradient")
    expect(output.locator(".panel.now")).to_contain_text("The hook of line 4 changes it")
    assert not output.locator(".elabel.now text").count()
    press(output, "Shift+ArrowRight")
    expect(output.locator(".elabel.now text")).to_have_text(["+360"])
    expect(output.locator("[data-state='current'] .chip.free")).to_have_count(0)
    press(output, "Shift+ArrowRight", "Shift+ArrowRight")
    expect(root(output)).not_to_have_attribute("data-moment", "2")
    expect(output.locator("[data-state='current'] .chip.free")).not_to_have_count(0)
    output.locator(".moments button").first.click()
    expect(root(output)).to_have_attribute("data-moment", "0")


def test_a_run_stops_at_a_marked_node_and_at_a_condition(lab):
    lab.open("stops.ipynb", TWO_PATHS, "s.breakpoints", "s.break_at('a.grad')", "s.run(); s.position")
    output = lab.run(0)
    node(output, "b").click()
    press(output, "b")
    expect(node(output, "b")).to_have_attribute("data-stop", "")
    press(output, "r")
    expect(node(output, "b")).to_have_attribute("data-state", "current")
    at(output, 3)
    assert lab.run(1).inner_text().strip().endswith("('b',)")
    lab.run(2)
    expect(output.locator(".controls .stop")).to_have_text(["b ×", "a.grad ×"])
    assert lab.run(3).inner_text().strip().endswith("4")
    at(output, 4)


def test_a_condition_is_typed_and_run_to_by_the_kernel(lab):
    lab.open("condition.ipynb", TWO_PATHS, "s.position, len(s.recording.frames)")
    output = lab.run(0)
    when = output.locator(".when")
    when.fill("nonsense")
    when.press("Enter")
    expect(output.locator(".wrong")).to_contain_text("is not a condition")
    when.fill("norm > 5")
    when.press("Enter")
    at(output, 2)
    assert lab.run(1).inner_text().strip().endswith("(2, 3)")  # taken that far, and no further


def test_what_another_cell_does_to_a_leaf_shows_at_the_front(lab):
    lab.open("meanwhile.ipynb", TWO_PATHS, "(a * 100).backward()", "a.grad = None")
    output = lab.run(0)
    leaf = node(output, "a")
    expect(leaf).to_contain_text("None")
    press(output, "ArrowRight")
    at(output, 1)
    lab.run(1)
    expect(leaf).to_contain_text("100")
    row = output.locator(".leaves tr", has_text="changed by another cell")
    expect(row).to_have_count(1)
    press(output, "ArrowLeft")
    expect(leaf).to_contain_text("None")  # at step 0 it was
    press(output, "End")
    expect(leaf).to_contain_text("137")
    expect(row).to_have_count(0)
    lab.run(2)
    expect(leaf).to_contain_text("None")


def test_play_goes_as_fast_as_it_is_told(lab):
    lab.open("play.ipynb", TWO_PATHS, TWO_PATHS)
    for i, speed in enumerate(("4", "10")):
        output = lab.run(i)
        output.locator(".controls select").select_option(speed)
        press(output, " ")
        at(output, 4)


def test_nothing_of_it_is_wider_than_the_page(own_lab):
    own_lab.open("narrow.ipynb", TWO_PATHS, TWO_PATHS)
    for i, (theme, width) in enumerate((("JupyterLab Light", 1400), ("JupyterLab Dark", 700))):
        own_lab.page.set_viewport_size({"width": width, "height": 900})
        own_lab.theme(theme)
        output = own_lab.run(i)
        press(output, "Home", "Home", "ArrowRight", "b")
        over = root(output).evaluate("el => el.scrollWidth - el.clientWidth")
        assert over <= 0, theme
