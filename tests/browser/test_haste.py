"""Who is faster than the page: what is asked of a pass before the pass is there waits for it, and nothing else takes it."""

from playwright.sync_api import expect

CELL = """import autograd_lab as torch
a = torch.tensor(2.0, requires_grad=True)
b = a * 3
torch.step(b * b + a)"""
RUN_AND_STEP = """async index => {
    const { commands, shell } = window.jupyterapp, notebook = shell.currentWidget.content;
    notebook.activeCellIndex = index;
    const ran = commands.execute('notebook:run-cell');
    for (let i = 0; i < 2; i++) void commands.execute('autograd-lab:step');
    await ran;
    void commands.execute('autograd-lab:step');
}"""


def test_a_step_asked_for_as_the_cell_is_run_is_taken_when_its_pass_is_there(lab):
    lab.open("haste.ipynb", CELL, "1 + 1", CELL)
    lab.page.evaluate(
        f"async () => {{ const run = {RUN_AND_STEP}; await run(1); await run(0); }}"
    )  # cell 1 shows none: its steps are of none
    root = lab.output(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-recorded", "3")
    lab.run(2)
    lab.command("autograd-lab:step")  # for the pass that is being drawn, not for the one that is on the page
    expect(lab.output(2).locator("[data-steps]")).to_have_attribute("data-step", "1")
    expect(root).to_have_attribute("data-recorded", "3")


def test_what_waited_is_forgotten_when_its_cell_ends_not_some_time_later(own_lab):
    own_lab.open("soon.ipynb", CELL, "1 + 1")
    own_lab.page.evaluate("""async () => {
        const { commands, shell } = window.jupyterapp, notebook = shell.currentWidget.content, before = window.setTimeout;
        window.setTimeout = (act, ms, ...rest) => before(act, ms === 30 ? 60_000 : ms, ...rest);  // a look that comes late
        notebook.activeCellIndex = 1;
        const ran = commands.execute('notebook:run-cell');
        void commands.execute('autograd-lab:step');
        await ran;
        notebook.activeCellIndex = 0;
        await commands.execute('notebook:run-cell');
    }""")
    root = own_lab.output(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-recorded", "0")
    own_lab.command("autograd-lab:step")
    expect(root).to_have_attribute("data-recorded", "1")
    own_lab.command("autograd-lab:step")
    expect(root).to_have_attribute("data-recorded", "2")


def test_the_keys_wait_too(lab):
    lab.open("keys.ipynb", CELL)
    lab.page.locator(".jp-Notebook .jp-Cell").first.locator(".cm-content").click()
    lab.page.keyboard.press("Control+Enter")
    lab.page.keyboard.press("Alt+.")
    lab.page.keyboard.press("Alt+.")
    expect(lab.output(0).locator("[data-steps]")).to_have_attribute("data-recorded", "2")


def test_a_step_on_what_a_reloaded_page_shows_before_it_hears_the_kernel_is_a_step_of_the_pass(own_lab):
    own_lab.open("early.ipynb", CELL, "a.grad")
    root = own_lab.run(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-step", "0")
    own_lab.command("docmanager:save")
    deaf = True
    own_lab.page.route_web_socket("**/channels?*", lambda socket: socket.close() if deaf else socket.connect_to_server())
    own_lab.page.reload()
    own_lab.bring_forward("early.ipynb")
    button = own_lab.output(0).get_by_role("button", name="step (right arrow)")
    for step in range(4):
        expect(root).to_have_attribute("data-step", str(step))
        own_lab.command("autograd-lab:step") if step % 2 else button.click()
    expect(root).to_have_attribute("data-step", "4")
    deaf = False
    own_lab.wait_for_kernel()
    expect(own_lab.output(0).locator(".agl-Recording")).to_have_count(0)  # the pass itself
    expect(root).to_have_attribute("data-step", "4")
    expect(own_lab.run(1)).to_contain_text("tensor(37.)")


def test_steps_that_overtake_one_another_on_their_way_to_the_kernel_are_not_taken_back(own_lab):
    """JupyterLab sends the first of them to the kernel's first thread, where they wait for the cell, and the rest to a second one."""
    own_lab.open("overtaken.ipynb", CELL)
    held = []

    def carry(socket):
        server = socket.connect_to_server()

        def send(message):
            text = message if isinstance(message, str) else message.decode("latin-1")
            if '"until":1,' in text or '"until":2,' in text:
                held.append(message)
                return
            server.send(message)
            if '"until":3,' in text:
                for overtaken in held:
                    server.send(overtaken)

        socket.on_message(send)

    own_lab.page.route_web_socket("**/channels?*", carry)
    own_lab.page.reload()
    own_lab.bring_forward("overtaken.ipynb")
    own_lab.wait_for_kernel()
    root = own_lab.run(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-step", "0")
    root.evaluate("""root => {
        window.places = [];
        new MutationObserver(() => window.places.push(+root.dataset.step)).observe(root, { attributeFilter: ['data-step'] });
    }""")
    for _ in range(3):
        own_lab.command("autograd-lab:step")
    expect(root).to_have_attribute("data-recorded", "3")
    own_lab.command("autograd-lab:step")
    expect(root).to_have_attribute("data-step", "4")
    places = own_lab.page.evaluate("window.places")
    assert len(held) == 2 and places == sorted(places)


def test_steps_asked_for_as_a_pass_is_run_again_are_of_the_new_one_and_of_no_other(lab):
    lab.open("again.ipynb", CELL, CELL)
    first, second = (lab.run(i).locator("[data-steps]") for i in range(2))
    expect(second).to_have_attribute("data-step", "0")
    lab.page.evaluate(RUN_AND_STEP, 1)
    expect(second).to_have_attribute("data-recorded", "3")
    expect(first).to_have_attribute("data-recorded", "0")


def test_two_views_of_a_pass_are_at_one_step(lab):
    lab.open("views.ipynb", CELL.replace("torch.step", "stepper = torch.step"), "stepper", "stepper")
    lab.run(0)
    first, second = (lab.run(i).locator("[data-steps]") for i in (1, 2))
    expect(second).to_have_attribute("data-step", "0")
    for step in ("1", "2"):
        first.get_by_role("button", name="step (right arrow)").click()
        expect(second).to_have_attribute("data-step", step)
    second.get_by_role("button", name="step back (left arrow)").click()
    expect(first).to_have_attribute("data-step", "1")
