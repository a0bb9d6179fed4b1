"""What other code did to the leaves while a pass is paused, as the page is told."""

import autograd_lab as torch
from autograd_lab.views.live import changed_outside
from autograd_lab.views.stepper import step


def test_only_what_the_pass_did_not_leave_is_news():
    a = torch.tensor(2.0, requires_grad=True)
    stepper = step(a * a)
    row = next(row.node for row in stepper.recording.picture.tensors if row.is_leaf)
    assert changed_outside(stepper.recording) == {"grads": {}, "versions": {}}
    (a * 10).backward()
    assert changed_outside(stepper.recording)["grads"][row]["corner"] == [[10]]
    stepper.run()
    assert a.grad.item() == 14
    assert changed_outside(stepper.recording) == {"grads": {}, "versions": {}}
    a.grad = None
    assert changed_outside(stepper.recording) == {"grads": {row: None}, "versions": {}}
    with torch.no_grad():
        a += 1
    assert changed_outside(stepper.recording)["versions"] == {row: 1}


def test_a_stepper_that_is_not_on_a_page_has_nobody_to_tell():
    a = torch.tensor(2.0, requires_grad=True)
    step(a * a).look()
