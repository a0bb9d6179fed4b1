"""export(path, x): what is recorded of each kind of thing, and that recording it leaves everything as it was."""

import json
import re

import pytest

import autograd_lab as torch
from autograd_lab.trace import Recording, rehearse
from autograd_lab.views.html import Iframe


def net():
    a = torch.tensor(2.0, requires_grad=True)
    b = a * 3
    return a, b * b + a


def written(path):
    """The recording inside a page."""
    data = re.search(r'<script type="application/json" id="recording">(.*?)</script>', path.read_text(encoding="utf-8"))
    return Recording.from_wire(json.loads(data[1]))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lesson.html"


def test_of_a_tensor_the_whole_pass_is_rehearsed(path):
    a, loss = net()
    assert torch.export(path, loss) is None
    found = written(path)
    assert len(found.frames) == 5 and found.frames[-1]["grads"]["t0"]["corner"] == [[37]]
    assert [n.name for n in found.picture.leaves] == ["a"] and found.picture.title == "loss"
    assert a.grad is None
    loss.backward()  # nothing was freed
    assert a.grad.item() == 37


def test_the_arguments_are_those_of_backward_and_graph(path):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.export(path, a * a, torch.tensor([1.0, 10.0]), names={"theta": a}, title="squares")
    found = written(path)
    assert found.frames[-1]["grads"]["t0"]["corner"] == [[2, 40]]
    assert [n.name for n in found.picture.leaves] == ["theta"] and found.picture.title == "squares"
    freed = [frame for frame in found.frames if "freed" in frame]
    torch.export(path, (a * a).sum(), retain_graph=True)
    assert freed and not [frame for frame in written(path).frames if "freed" in frame]
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        torch.export(path, a * a)


@pytest.mark.parametrize("taken", range(5))
def test_of_a_stepper_the_steps_taken_and_a_rehearsal_of_the_rest(path, taken):
    a, loss = net()
    whole = rehearse(loss).frames
    stepper = torch.step(loss)
    for _ in range(taken):
        stepper.next()
    before = a.grad
    stepper.export(path)
    assert written(path).frames == whole
    assert stepper.position == len(stepper.recording.frames) - 1 == taken and a.grad is before
    stepper.run()
    assert a.grad.item() == 37
    torch.export(path, stepper)
    assert written(path).frames == whole


def test_a_pass_that_fails_is_played_up_to_where_it_does(path):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    e = (w * 1.0).exp()
    loss = e.sum()
    e += 1
    stepper = torch.step(loss)
    stepper.export(path)
    found = written(path)
    assert found.failure["kind"] == "inplace" and len(found.frames) - 1 == found.failure["step"] < found.total
    assert stepper.recording.failure is None


def test_what_a_question_hides_is_played(path):
    a, loss = net()
    from autograd_lab.lessons import predict

    stepper = torch.step(loss, question=predict("What is a.grad?", lambda: 37.0, hides="a.grad"))
    stepper.export(path)
    data = path.read_text(encoding="utf-8").partition('id="recording">')[2].partition("</script>")[0]
    assert len(written(path).frames) == 5 and "asked" not in data and a.grad is None


def test_of_a_graph_the_picture_and_of_a_recording_what_it_is(path, tmp_path):
    _, loss = net()
    torch.export(path, torch.graph(loss))
    assert written(path).frames == [] and len(written(path).picture.nodes) == 5
    torch.graph(loss).save(tmp_path / "graph.html")
    assert (tmp_path / "graph.html").read_bytes() == path.read_bytes()
    rehearse(loss).save(tmp_path / "pass.json")
    torch.export(path, Recording.load(tmp_path / "pass.json"))
    assert len(written(path).frames) == 5


def test_as_iframe_the_file_is_returned_too(path):
    _, loss = net()
    frame = torch.export(path, loss, as_iframe=True, height=500)
    assert isinstance(frame, Iframe) and frame.height == 500
    assert frame.html.encode() == path.read_bytes()
    assert torch.step(loss).iframe().html == frame.html
    assert len(torch.graph(loss).iframe().html) < len(frame.html)


def test_what_it_does_not_take(path):
    _, loss = net()
    with pytest.raises(TypeError, match="a Tensor, a Stepper, a Graph or a Recording, and this is of type float"):
        torch.export(path, 3.0)
    with pytest.raises(TypeError, match="go with a tensor: this Stepper has its own"):
        torch.export(path, torch.step(loss), torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"end 'lesson' with \.html"):
        torch.export(path.with_suffix(""), loss)
    assert not path.exists()
