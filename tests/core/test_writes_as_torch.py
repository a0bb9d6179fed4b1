"""Views and writing in place: each claim run here and in PyTorch."""

# ruff: noqa: E731
from .claims import Claims, each


def writes(torch):
    """Claims about views and writing in place, of either library."""
    found = Claims()
    show = found.show

    L = lambda *s: torch.ones(*s, requires_grad=True)
    T = lambda v, **k: torch.tensor(v, **k)

    show("leaf", lambda: L(2).add_(1))
    show("view leaf", lambda: L(2)[:1].add_(1))
    show("item", lambda: L(2).__setitem__(0, 1.0))
    show("out=", lambda: torch.add(L(2), 1, out=torch.ones(2)))
    show("out rg", lambda: torch.add(torch.ones(2), 1, out=L(2)))

    def f():
        a = L(2)
        b = a.exp()
        b.add_(1)
        b.sum().backward()

    show("exp", f)

    def f():
        a = L(2)
        b = a * 1
        c = b * b
        b.add_(1)
        c.sum().backward()

    show("mul", f)

    def f():
        a = L(2)
        y = (a * a).sum()
        with torch.no_grad():
            a.add_(1)
        y.backward()

    show("leafmod", f)

    def f():
        a = L(2)
        b = a * 1
        with torch.no_grad():
            v = b[:1]
        v.add_(1)

    show("nogradview", f)
    show("split", lambda: (L(2) * 1).split(1)[0].add_(1))
    show("unbind", lambda: (L(2) * 1).unbind(0)[1].mul_(1))
    show("chunk", lambda: (L(2) * 1).chunk(2)[1].mul_(1))
    show("detach_ view", lambda: (L(2) * 1)[:1].detach_())
    show("numpy", lambda: L(2).numpy())
    show("float", lambda: float(L(1)))
    show("int", lambda: int(L(1)))
    show("arr", lambda: __import__("numpy").asarray(L(2)))

    def f():
        a = L(4)
        b = a * 2
        v = b.view(2, 2)
        w = v[0]
        w.mul_(3)
        b.sum().backward()
        return a.grad.tolist(), b.grad_fn.name(), v.grad_fn.name(), w.grad_fn.name(), b._version, w._base is b

    show("view of view", f)

    def f():
        a = L(2)
        b = a * 2
        b += 1
        b -= a
        b *= b.detach()
        b /= 2
        b **= 2
        b.sum().backward()
        return a.grad.tolist()

    show("augmented", f)

    def f():
        a = L(3)
        b = a * 2
        b[0] = a[1]
        b[1:] = a[:2] * 3
        b.sum().backward()
        return a.grad.tolist(), b.grad_fn.name()

    show("setitem", f)

    def f():
        a = L(2, 2)
        b = (a * 2).t()
        b.zero_()
        b.sum().backward()
        return a.grad.tolist()

    show("zero view", f)
    show("exp expand", lambda: torch.ones(1).expand(3).add_(1))
    show("exp expand2", lambda: torch.ones(1).expand(3).__setitem__(0, 2))
    show("zero size", lambda: torch.ones(0).add_(1).shape)

    def f():
        a = L(3)
        b = a * 2
        with torch.no_grad():
            b.mul_(3)
        b.sum().backward()
        return a.grad.tolist(), b.tolist()

    show("nograd inplace", f)

    def f():
        a = torch.zeros(3)
        w = L(3)
        a.add_(w)
        a.sum().backward()
        return a.requires_grad, a.is_leaf, w.grad.tolist()

    show("const becomes", f)

    def f():
        a = L(2)
        b = a * 2
        c = b.detach()
        c.add_(1)
        return b._version

    show("detach version", f)
    show("as_strided", lambda: (lambda a: ((a * 2).as_strided((2, 2), (1, 1)).sum().backward(), a.grad.tolist())[1])(L(4)))
    show(
        "as_strided_",
        lambda: (lambda a: (lambda b: (b.as_strided((2,), (2,)).mul_(5), b.sum().backward(), a.grad.tolist())[2])(a * 2))(L(4)),
    )

    def f():
        with torch.inference_mode():
            t = torch.ones(2)
        return t.is_inference()

    show("inf", f)
    for n in (
        "exp_",
        "sin_",
        "sigmoid_",
        "relu_",
        "neg_",
        "abs_",
        "sqrt_",
        "clamp_",
        "tanh_",
        "floor_",
        "zero_",
        "t_",
        "squeeze_",
        "unsqueeze_",
        "transpose_",
        "fill_",
        "mul_",
        "div_",
        "addcmul_",
        "masked_fill_",
        "index_fill_",
        "cumsum_",
        "tril_",
        "copy_",
        "pow_",
        "lerp_",
        "erf_",
        "detach_",
        "requires_grad_",
        "normal_",
        "uniform_",
        "bernoulli_",
        "exponential_",
        "random_",
        "resize_",
        "set_",
    ):
        args = {
            "clamp_": (0,),
            "fill_": (2,),
            "mul_": (2,),
            "div_": (2,),
            "unsqueeze_": (0,),
            "transpose_": (0, 1),
            "pow_": (2,),
            "cumsum_": (0,),
            "copy_": (torch.ones(2, 2),),
            "lerp_": (torch.zeros(2, 2), 0.5),
            "addcmul_": (torch.ones(2, 2), torch.ones(2, 2)),
            "masked_fill_": (torch.ones(2, 2) > 0, 3.0),
            "index_fill_": (0, T([0]), 1.0),
            "resize_": (4,),
            "set_": (torch.ones(3),),
        }.get(n, ())

        def f(n=n, args=args):
            torch.manual_seed(0)
            a = L(2, 2)
            b = a * 2
            c = getattr(b, n)(*args)
            r = [
                c is b,
                b._version,
                b.requires_grad,
                b.grad_fn.name() if b.grad_fn else None,
                [round(v, 4) for v in b.flatten().tolist()],
            ]
            if b.requires_grad:
                b.sum().backward()
                r.append([round(v, 4) for v in a.grad.flatten().tolist()])
            return r

        show(n, f)

    return found


test_as_torch = each(writes)
