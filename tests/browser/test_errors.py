"""What a learner sees when something is wrong, and that nothing is lost by it."""

from playwright.sync_api import expect

RAISES = """import autograd_lab as torch

class Sour(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        raise ValueError("sour has no rule for this")

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (Sour.apply(x * 3) * 5).sum()
s = torch.step(loss)
s"""


def test_a_rule_that_raises_is_shown_where_it_stands(lab):
    lab.open("raises.ipynb", RAISES, "1 + 1", "s.recording.failure['message'], s.position")
    output = lab.run(0)
    output.locator("[aria-roledescription='autograd graph']").press("End")
    alert = output.locator(".fail[role='alert']")
    expect(alert).to_be_visible()
    assert "sour has no rule for this" in alert.inner_text()  # what is folded away has no inner text
    expect(output.locator("[data-node-id][data-error]")).to_have_count(1)
    raised, called = output.locator(".src li", has=lab.page.locator(".margin")).all_inner_texts()
    assert 'raise ValueError("sour' in raised and "raised here" in raised
    assert "Sour.apply" in called and "stopped here" in called
    assert lab.run(1).inner_text().strip().endswith("2")
    assert "sour has no rule for this" in lab.run(2).inner_text()


def test_a_magic_names_what_it_does_not_know(lab):
    lab.open(
        "magic.ipynb",
        "%load_ext autograd_lab",
        "%autograd step lozz",
        "number = 3",
        "%autograd graph number",
        "%autograd stepp x",
    )
    lab.run(0)
    assert "lozz" in lab.run(1).inner_text()
    lab.run(2)
    said = lab.run(3).inner_text()
    assert "number" in said and "Tensor" in said
    said = lab.run(4).inner_text()
    assert "stepp" in said and "step" in said.replace("stepp", "")
    for cell in (1, 3, 4):
        assert "Traceback" not in lab.output(cell).inner_text()


def test_an_infinity_is_called_one_where_it_is_born(lab):
    infinite = "import autograd_lab as torch\nx = torch.zeros(2, requires_grad=True)\ns = torch.step(torch.log(x).sum())\ns"
    lab.open("infinity.ipynb", infinite, infinite.replace("torch.log(x)", "(x.sqrt() * 0)"))
    for cell, told in enumerate(("Infinity born here", "NaN born here")):
        output = lab.run(cell)
        picture = output.locator("[aria-roledescription='autograd graph']")
        picture.press("End")
        picture.press("ArrowLeft")  # from the leaf to the node that sends it
        expect(output.locator(".fail[role='alert']")).to_contain_text(told)
        expect(output.locator(".margin")).to_contain_text(told)
