"""Hooks run in PyTorch's order."""

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_hooks_run_in_torchs_order():
    log, a = [], ones(2)
    b = a * 2
    b.retain_grad()
    b.grad_fn.register_prehook(lambda gs: log.append("pre"))
    b.register_hook(lambda g: log.append("tensor 1") or g * 10)
    b.register_hook(lambda g: log.append(f"tensor 2 {g.tolist()}"))
    b.grad_fn.register_hook(lambda gi, go: log.append("post"))
    sink = b.grad_fn.next_functions[0].node
    a.register_hook(lambda g: log.append(f"leaf, grad {a.grad}"))
    sink.register_prehook(lambda gs: log.append("sink pre"))
    a.register_post_accumulate_grad_hook(lambda leaf: log.append(f"accumulated {leaf.grad.tolist()}"))
    sink.register_hook(lambda gi, go: log.append("sink post"))
    b.sum().backward()
    assert log == ["tensor 1", "tensor 2 [10.0, 10.0]", "pre", "post", "leaf, grad None", "sink pre",
                   "accumulated [20.0, 20.0]", "sink post"]  # fmt: skip
    assert b.grad.tolist() == [10, 10]
