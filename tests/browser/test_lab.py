"""JupyterLab with our extension in it."""

MIME = "application/vnd.autograd-lab.graph.v1+json"


def test_the_renderer_is_registered(lab):
    lab.open("empty.ipynb", "1 + 1")
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.rendermime.mimeTypes").count(MIME) == 1
