"""Lesson 1 as a newcomer meets it: opened, run from top to bottom, stepped by key."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("01_*.ipynb"))


def test_lesson_1_from_top_to_bottom(lab):
    (lesson,) = LESSONS
    shutil.copy(lesson, lab.server.notebooks)
    lab.open(lesson.name)
    lab.command("notebook:run-all-cells")
    assert lab.page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert lab.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    root = lab.page.locator(".jp-OutputArea [data-steps]:not([data-steps='0'])").first  # a picture alone has no steps
    root.scroll_into_view_if_needed()
    expect(root).to_have_attribute("data-step", "0")
    picture = root.locator("[aria-roledescription='autograd graph']")
    picture.press("ArrowRight")
    expect(root).to_have_attribute("data-step", "1")
    picture.press("ArrowLeft")
    expect(root).to_have_attribute("data-step", "0")
