"""What a page asks of the kernel about steps that were taken."""

import json

import autograd_lab as torch
from autograd_lab.views.asked import answered


def walked():
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    h = w @ torch.tensor([1.0, 1.0])
    stepper = torch.step((h * h).sum() + w.sum())
    stepper.run()
    return w, stepper


def test_every_number_and_the_form_of_a_jacobian():
    _, stepper = walked()
    edge = next(
        e for e in stepper.recording.picture.edges if e.src == "t0" and stepper.recording.picture.by_id[e.dst].op == "sum"
    )
    answer = answered(stepper.recording, {"type": "array", "of": f"jacobian:{edge.id}"})
    assert answer == {"of": f"jacobian:{edge.id}", "shape": [1, 4], "rows": [[1, 1, 1, 1]]}
    answer = answered(stepper.recording, {"type": "array", "of": "grad:t0"})
    assert answer == {"of": "grad:t0", "shape": [2, 2], "rows": [[7, 7], [15, 15]]}


def test_products_along_the_paths_that_the_page_names():
    w, stepper = walked()
    picture = stepper.recording.picture
    found = stepper.path_sum(picture.root, w)
    answer = answered(stepper.recording, {"type": "products", "of": picture.root, "paths": found.paths})
    assert w.grad is not None and answer["sum"]["corner"] == w.grad.tolist()
    assert len(answer["products"]) == found.count == 3
    json.dumps(answer, allow_nan=False)


def test_what_cannot_be_answered_is_a_sentence():
    _, stepper = walked()
    for question in ({"type": "array", "of": "g:999"}, {"type": "array"}, {"type": "products", "of": "n0", "paths": 3},
                     {"type": "products", "of": "n0", "paths": [["e0"]] * 9}, {"type": "products", "of": "n0", "paths": [["e99"]]}):  # fmt: skip
        assert answered(stepper.recording, question)["says"]


def test_jacobian_names_its_two_ends():
    w, stepper = walked()
    assert stepper.jacobian(stepper.recording.picture.inputs[stepper.recording.picture.root][1].src, w).tolist() == [
        [1, 1, 1, 1]
    ]
