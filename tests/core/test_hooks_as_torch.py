"""Hooks: each claim run here and in PyTorch."""

# ruff: noqa: E731
from .claims import Claims, each


def hooks(torch):
    """Claims about hooks, of either library."""
    found = Claims()
    show = found.show

    L = lambda *s: torch.ones(*s, requires_grad=True)

    def f():
        log = []
        a = L(2)
        b = a * 2
        b.retain_grad()
        b.register_hook(lambda g: (log.append(("t1", g.tolist())), g * 10)[1])
        b.register_hook(lambda g: log.append(("t2", g.tolist())))
        b.grad_fn.register_prehook(lambda g: log.append(("pre", [x.tolist() for x in g])))
        b.grad_fn.register_hook(
            lambda gi, go: log.append(("post", [None if x is None else x.tolist() for x in gi], [x.tolist() for x in go]))
        )
        a.register_hook(lambda g: (log.append(("leaf", g.tolist(), a.grad)), g + 1)[1])
        a.register_post_accumulate_grad_hook(lambda p: log.append(("acc", p.grad.tolist())))
        acc = b.grad_fn.next_functions[0][0]
        acc.register_prehook(lambda g: log.append(("apre", [x.tolist() for x in g])))
        acc.register_hook(lambda gi, go: log.append(("apost", gi, [x.tolist() for x in go])))
        b.sum().backward()
        return log, b.grad.tolist()

    show("order", f)
    show("hook no grad", lambda: torch.ones(2).register_hook(print))
    show("post acc nonleaf", lambda: (L(2) * 2).register_post_accumulate_grad_hook(print))
    show("post acc nograd", lambda: torch.ones(2).register_post_accumulate_grad_hook(print))

    def hk(fn):
        def g():
            a = L(2)
            a.register_hook(fn)
            (a * 2).sum().backward()
            return a.grad.tolist()

        return g

    show("size", hk(lambda g: torch.ones(3)))
    show("type", hk(lambda g: g.double()))
    show("int", hk(lambda g: 3))
    show("raise", hk(lambda g: 1 / 0))
    show("notcallable", hk(3))
    show("str", hk(lambda g: "a"))

    def f():
        a = L(2)
        h = a.register_hook(lambda g: g * 2)
        h.remove()
        h.remove()
        (a * 2).sum().backward()
        return a.grad.tolist()

    show("remove", f)

    def f():
        a = L(2)
        with a.register_hook(lambda g: g * 2):
            (a * 2).sum().backward()
        (a * 2).sum().backward()
        return a.grad.tolist()

    show("handle ctx", f)

    def f():
        a = L(2)
        b = L(2)
        log = []
        torch.autograd.graph.register_multi_grad_hook(
            (a, b), lambda gs: log.append([None if g is None else g.tolist() for g in gs])
        )
        (a * 2).sum().backward()
        (a * b).sum().backward()
        return log

    show("multi", f)

    def f():
        a = L(2)
        b = L(2)
        log = []
        torch.autograd.graph.register_multi_grad_hook((a, b), lambda g: log.append(g.tolist()), mode="any")
        (a * 2).sum().backward()
        (a * b * 3).sum().backward()
        return log

    show("multi any", f)
    show("multi mode", lambda: torch.autograd.graph.register_multi_grad_hook((L(2),), print, mode="x"))

    def f():
        a = L(2, 2)
        b = a * 2
        b.register_hook(lambda g: g.mul_(2))
        b.sum().backward()

    show("mutate expanded", f)

    def f():
        a = L(2)
        b = a * 2
        b.grad_fn.register_prehook(lambda g: (g[0] * 3,))
        b.sum().backward()
        return a.grad.tolist()

    show("pre replace", f)

    def f():
        a = L(2)
        b = a * 2
        b.grad_fn.register_hook(lambda gi, go: (gi[0] * 3,) + tuple(gi[1:]))
        b.sum().backward()
        return a.grad.tolist()

    show("post replace", f)

    def f():
        a = L(2)
        b = a * 2
        b.grad_fn.register_hook(lambda gi, go: (gi[0],))
        b.sum().backward()
        return a.grad.tolist()

    show("post short", f)

    def f():
        a = L(2)
        log = []
        a.register_hook(lambda g: log.append("t"))
        a.register_post_accumulate_grad_hook(lambda p: log.append("p"))
        torch.autograd.grad((a * 2).sum(), a)
        return log, a.grad

    show("grad leaf", f)

    def f():
        a = L(2)
        b = a * 2
        b.retain_grad()
        log = []
        b.register_hook(lambda g: log.append("t"))
        b.grad_fn.register_prehook(lambda g: log.append("pre"))
        torch.autograd.grad(b.sum(), b)
        return log, b.grad.tolist()

    show("grad nonleaf", f)

    def f():
        a = L(2)
        log = []
        a.register_hook(lambda g: log.append(g.tolist()))
        (a * 2 + a * 3).sum().backward()
        return log

    show("once", f)

    def f():
        a = L(2)
        a.register_hook(lambda g: None)
        a.register_post_accumulate_grad_hook(lambda p: 3)
        (a * 2).sum().backward()

    show("post acc returns", f)

    return found


test_as_torch = each(hooks)
