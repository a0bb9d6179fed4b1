"""What keeps itself current: a watched graph after each cell, and the curves of a training run while it runs."""

from playwright.sync_api import expect

WATCH = [
    "import autograd_lab as torch\n%load_ext autograd_lab\na = torch.tensor(2.0, requires_grad=True)\nloss = a * 3",
    "%autograd watch loss",
    "loss = loss + a",
    "loss.backward()",
    "n = 1",
]
TRAIN = [
    """import autograd_lab as torch
w = torch.tensor([3.0, 4.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
monitor = torch.monitor(optimizer, every=1)
monitor""",
    """for _ in range(20):
    optimizer.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    optimizer.step()
    monitor.log(loss)""",
    "print(optimizer.param_groups[0]['lr'])",
]


def test_a_watched_graph_is_drawn_again_in_its_place(lab):
    lab.open("watch.ipynb", *WATCH)
    lab.run(0)
    output = lab.run(1)
    expect(output.locator("[data-kind='op']")).to_have_count(1)
    lab.run(2)
    expect(output.locator("[data-kind='op']")).to_have_count(2)
    expect(lab.output(2)).to_be_empty()
    expect(output.locator("[data-kind='leaf']")).to_contain_text("None")
    lab.run(3)
    expect(output.locator("[data-kind='leaf']")).to_contain_text("4")
    node = output.locator("[data-kind='op']").first.element_handle()
    lab.run(4)
    assert node.evaluate("node => node.isConnected"), "a cell that changes nothing draws nothing"


def test_a_training_run_draws_its_curves_and_hears_the_slider(lab):
    lab.open("train.ipynb", *TRAIN)
    output = lab.run(0)
    root = output.locator(".agl.monitor")
    expect(root).to_have_attribute("data-steps", "0")
    lab.run(1)
    expect(root).to_have_attribute("data-steps", "20")
    expect(output.get_by_role("img", name="loss")).to_have_attribute(
        "aria-label", "loss 0.005192, from 0.005192 to 25, logarithmic"
    )
    cut = output.locator("figure svg").first.evaluate("""svg => [...svg.querySelectorAll('text')].filter(
        text => text.getBoundingClientRect().left < svg.getBoundingClientRect().left).map(text => text.textContent)""")
    assert cut == []
    narrow = "root => { root.style.width = '300px'; const over = root.scrollWidth - root.clientWidth; root.style.width = ''; return over; }"
    assert root.evaluate(narrow) == 0
    expect(output.locator("tbody tr")).to_contain_text("w")
    slider = output.get_by_role("slider", name="learning rate")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.11")
    lab.run_until(2, "0.11")
