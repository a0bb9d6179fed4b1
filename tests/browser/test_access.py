"""What a page owes every reader: their own colours, their direction of writing, their wish for stillness, and the keyboard alone."""

from playwright.sync_api import expect

import autograd_lab as torch
from autograd_lab.core import births

CONTRAST = 4.5
# The least contrast between a text on a card and the card itself, both as computed, and what that text says.
FAINTEST = """() => {
  const rgb = css => css.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = c => {
    const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const page = rgb(getComputedStyle(document.querySelector('.agl')).backgroundColor);
  const found = [];
  for (const node of document.querySelectorAll('.agl .node')) {
    const fill = getComputedStyle(node.querySelector('.box')).fill;
    for (const text of node.querySelectorAll(':scope > text')) {
      found.push([ratio(rgb(getComputedStyle(text).fill), fill === 'none' ? page : rgb(fill)), text.textContent]);
    }
  }
  for (const icon of document.querySelectorAll('.agl .ic:not(:disabled) path'))
    found.push([ratio(rgb(getComputedStyle(icon).fill), page), 'icon']);
  return found.sort((a, b) => a[0] - b[0])[0];
}"""
# Texts of cards that reach out of their card.
ASTRAY = """() => [...document.querySelectorAll('.agl .node')].flatMap(node => {
  const card = node.querySelector('.box').getBoundingClientRect();
  return [...node.querySelectorAll(':scope > text, .cup text')].filter(text => {
    const at = text.getBoundingClientRect();
    return at.left < card.left - 1 || at.right > card.right + 1;
  }).map(text => text.textContent);
})"""


def neurons():
    a = torch.tensor(2.0, requires_grad=True)
    w1, w2 = torch.tensor(3.0, requires_grad=True), torch.tensor(4.0, requires_grad=True)
    שלום = w1 * a  # a name that is written from right to left
    return 10 - (שלום * 5 + w2 * a)


def test_own_colours_right_to_left_stillness_and_tab(opened, tmp_path):
    torch.export(tmp_path / "lesson.html", neurons())
    page = opened(tmp_path / "lesson.html", "#5")
    root = page.locator(".agl")
    expect(root).to_have_attribute("data-step", "5")
    for scheme in ("light", "dark"):
        for forced in ("none", "active"):
            page.emulate_media(color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")
            expect(page.locator("html")).to_have_attribute("theme", scheme)
            ratio, text = page.evaluate(FAINTEST)
            assert ratio >= CONTRAST, f"{text!r} in {scheme}, forced colours {forced}"
    chosen = page.get_by_role("radio", name="Gradients").evaluate("e => getComputedStyle(e).backgroundColor")
    other = page.get_by_role("radio", name="Paths").evaluate("e => getComputedStyle(e).backgroundColor")
    assert chosen != other, "which mode is on shows in the reader's own colours too"
    page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="reduce")

    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(ASTRAY) == []
    wide = root.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide[0] == wide[1]
    big = page.locator(".panel.now .big").first  # a minus stands before its number
    assert big.evaluate("e => getComputedStyle(e).direction") == "ltr"

    page.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-step", "6")
    assert page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length") == 0

    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        at = page.evaluate("""() => {
          const e = document.activeElement;
          if (!e.closest('.agl')) return null;
          const look = getComputedStyle(e), ring = e.querySelector(':scope > .ring');
          const shown = look.outlineStyle !== 'none' || (ring && getComputedStyle(ring).stroke !== 'none');
          return [e.dataset.do || e.getAttribute('aria-label') || e.textContent || e.placeholder, !!shown];
        }""")
        if at is None:
            break
        name, ringed = at
        assert ringed, f"no focus ring on {name!r}"
        seen.add(name)
    assert {"back", "play", "Gradients", "Key", "speed", "Tensors"} <= seen


def test_a_name_as_long_as_a_line_leaves_room_for_the_rest(opened, tmp_path):
    with births.noting():
        the_weight_of_the_first_hidden_layer_of_all = torch.ones(2, requires_grad=True)
        the_activation_of_the_first_hidden_layer_of_all = the_weight_of_the_first_hidden_layer_of_all * 2
        the_loss_of_the_whole_batch_after_this_step_of_all = (the_activation_of_the_first_hidden_layer_of_all**2).sum()
    torch.export(tmp_path / "lesson.html", the_loss_of_the_whole_batch_after_this_step_of_all)
    page = opened(tmp_path / "lesson.html", "#2")
    page.set_viewport_size({"width": 610, "height": 900})
    root = page.locator(".agl")
    expect(root).to_have_attribute("data-step", "2")
    wide = root.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide[0] == wide[1]
    edges = page.evaluate("[...document.querySelectorAll('.agl .bar > *')].map(e => e.getBoundingClientRect().right)")
    assert max(edges) <= root.bounding_box()["x"] + root.bounding_box()["width"]
    assert page.evaluate(ASTRAY) == []

    for key, step in (("ArrowLeft", "1"), ("ArrowRight", "2")):
        page.keyboard.press(key)
        expect(root).to_have_attribute("data-step", step)
    lines = page.locator(".agl .src")
    assert lines.evaluate("e => e.scrollLeft") > 0, "the marked part lies far to the right"
    number = lines.locator("[aria-current] .no").evaluate("e => e.getBoundingClientRect().left")
    assert number >= lines.evaluate("e => e.getBoundingClientRect().left"), "the number of a line stays where it is"
    same = "e => ['backgroundColor', 'boxShadow'].every(name => getComputedStyle(e)[name] === getComputedStyle(e.parentElement)[name])"
    assert lines.locator("[aria-current] .no").evaluate(same), "and it is marked as its line is"
