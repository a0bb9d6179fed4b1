"""JupyterLab with our extension in it."""

MIME = "application/vnd.autograd-lab.graph.v1+json"
STEPPER = "import autograd_lab as torch\na = torch.tensor(2.0, requires_grad=True)\ntorch.step(a * a)"
MONITOR = "m = torch.monitor([a])\na.grad = None; (a * a).backward(); m.log(1.0)\nm"
# How often the rules for a picture are matched, by what is in the page.
SHEETS = """() => [...document.styleSheets].filter(
  sheet => !sheet.disabled && [...sheet.cssRules].some(rule => rule.selectorText === '.agl .world')).length"""


def test_the_renderer_is_registered(lab):
    lab.open("empty.ipynb", "1 + 1")
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.rendermime.mimeTypes").count(MIME) == 1


def test_the_styles_are_in_the_page_once_though_each_kind_of_widget_brings_them(own_lab):
    own_lab.open("styles.ipynb", STEPPER, MONITOR)
    own_lab.run(0).locator(".agl").wait_for()
    own_lab.run(1).locator(".agl").wait_for()
    assert own_lab.page.locator("style[id^='autograd_lab.']").count() == 2
    assert own_lab.page.evaluate(SHEETS) == 1
    own_lab.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => null)")
    own_lab.run(0).locator(".agl").wait_for()
    # the monitor too, or the page that is loaded next would look for a widget of the kernel that is gone
    own_lab.run(1).locator(".agl").wait_for()
    assert own_lab.page.evaluate(SHEETS) == 1
    own_lab.command("docmanager:save")
    own_lab.reload()
    own_lab.output(0).locator(".agl").wait_for()
    assert own_lab.page.evaluate(SHEETS) == 1


def test_the_styles_of_another_version_stay_beside_ours(lab):
    lab.open("other.ipynb", STEPPER)
    lab.run(0).locator(".agl").wait_for()
    other = (
        "Object.assign(document.createElement('style'), { id: 'autograd_lab.other', textContent: '.agl .world { top: 0 }' })"
    )
    lab.page.evaluate(f"async () => {{ document.head.append({other}); await new Promise(requestAnimationFrame); }}")
    assert lab.page.evaluate(SHEETS) == 2
