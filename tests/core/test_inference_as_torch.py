"""Inference mode beyond its first rows: views made in it, parameters, Functions, transforms; and complex numbers where a real one is due."""

import warnings

from .claims import each


def full(function):
    """What it gives, or all of what it says."""
    try:
        return str(function())
    except RuntimeError as error:
        return str(error).split("\n")[0]


def views(m):
    leaf = m.ones(2, 3, requires_grad=True)
    x, n = leaf * 1, m.ones(2, 3)
    with m.inference_mode():
        made = {"of a leaf": leaf[0], "part of a leaf": leaf.split(1)[0], "of another": x[0], "part of another": x.split(1)[0], "again": x[0][0:1], "of a constant": n[0]}  # fmt: skip
    claims = {}
    for name, v in made.items():
        claims[f"{name}: what it is"] = lambda v=v: (v.is_inference(), v.requires_grad, v._is_view(), v._version)
        claims[f"{name}: written to"] = lambda v=v: full(lambda: v.add_(1))

    def base_written(v):
        x.mul_(2)
        return full(lambda: v * 2)

    claims |= {f"{name}: base written": lambda v=v: base_written(v) for name, v in made.items()}
    claims["of a constant: written with a gradient"] = lambda: full(lambda: made["of a constant"].add_(leaf[0]))
    return claims


def things(m):
    with m.inference_mode():
        t, made, layer = m.ones(2), m.nn.Parameter(m.ones(2)), m.nn.Linear(2, 2)
    w = m.ones(2, requires_grad=True)

    class Keeps(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g, None

    return {
        "a parameter": lambda: (made.is_inference(), made.requires_grad, made.is_leaf), "those of a layer": lambda: [p.is_inference() for p in layer.parameters()],
        "a parameter of one": lambda: m.nn.Parameter(t), "a constant one": lambda: m.nn.Parameter(t, requires_grad=False).is_inference(), "out": lambda: m.add(m.ones(2), 1, out=made),
        "kept by a Function": lambda: Keeps.apply(w, t), "func.grad": lambda: m.func.grad(lambda x: (x * x).sum())(t), "jacobian": lambda: m.autograd.functional.jacobian(lambda x: x * x, t),
    }  # fmt: skip


def transforms(m):
    """In the mode and on tensors made in it, functions of functions differentiate all the same."""
    with m.inference_mode():
        t = m.ones(2)

    def inside(function):
        def run():
            with m.inference_mode(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # PyTorch warns of its own means, once
                made = function(m.ones(2))
                return made, getattr(made, "is_inference", lambda: None)()

        return run

    f = m.func
    return {
        "grad inside": inside(f.grad(lambda x: (x * x).sum())), "jacrev inside": inside(f.jacrev(lambda x: x * x)), "jacfwd inside": inside(f.jacfwd(lambda x: x * m.ones(2) * x)),
        "hessian inside": inside(f.hessian(lambda x: (x**3).sum())), "vjp inside": inside(lambda x: f.vjp(lambda v: v * v, x)[1](m.ones(2))), "jvp inside": inside(lambda x: f.jvp(lambda v: v * v, (x,), (x,))),
        "vmap inside": inside(lambda x: f.vmap(f.grad(lambda v: v * v))(x).tolist()), "modes seen": inside(lambda x: f.grad_and_value(lambda v: (v * (3.0 if m.is_grad_enabled() and not m.is_inference_mode_enabled() else 5.0)).sum())(x)),
        "of a constant": lambda: f.grad(lambda x: (x * t).sum())(m.ones(2)), "along one": lambda: f.jvp(lambda x: x * x, (m.ones(2),), (t,)), "back along one": lambda: f.vjp(lambda x: x * x, m.ones(2))[1](t),
        "after all that": lambda: full(lambda: m.ones(2, requires_grad=True) * t),
    }  # fmt: skip


def apart(m):
    """What ``detach()`` and ``data`` give of an inference tensor: inference tensors too, which may be written to."""
    w = m.ones(2, requires_grad=True)

    def made():
        with m.inference_mode():
            return m.ones(2)

    claims = {}
    for name, part in {"detach": lambda x: x.detach(), "data": lambda x: x.data}.items():

        def written(x, part=part):
            part(x).mul_(3)
            part(x).copy_(part(x) + 1)
            return x

        claims |= {
            f"{name} is one": lambda part=part: (part(made()).is_inference(), part(made()).requires_grad), f"{name}, written to": lambda written=written: (written(made()), written(made()).is_inference()),
            f"{name}, a part": lambda part=part: full(lambda: part(made())[0].add_(1)), f"{name}, item": lambda part=part: full(lambda: part(made()).__setitem__(0, 2.0)), f"{name}, saved": lambda part=part: full(lambda: w * part(made())),
            f"{name}, a flag": lambda part=part: full(lambda: part(made()).requires_grad_()), f"{name}, added": lambda part=part: w + part(made()),
        }  # fmt: skip

    def taken(into, other):
        into.data = other
        return into.is_inference(), into.tolist(), full(lambda: into.add_(1))

    def accumulated():
        leaf = m.ones(2, requires_grad=True)
        leaf.grad = made()
        return full(lambda: leaf.sum().backward()), leaf.grad

    return claims | {
        "data from one": lambda: taken(m.zeros(2), made()), "data of one": lambda: taken(made(), m.zeros(2))[:2], "a gradient": accumulated,
    }  # fmt: skip


def complexes(m):
    z, x, F, f = m.tensor([1 + 2j, 3 - 1j], requires_grad=True), m.ones(2), m.autograd.functional, m.func
    one = m.tensor(1 + 2j)
    return {
        "backward": lambda: (z * z).sum().backward(), "grad": lambda: m.autograd.grad((z * z).sum(), z), "several": lambda: m.autograd.backward([(z * z).sum(), z.abs().sum()]),
        "of a part": lambda: (z[0] * 1).backward(), "of several elements": lambda: (z * z).backward(), "of a real one": lambda: m.autograd.grad(z.abs().sum(), z), "with a vector": lambda: m.autograd.grad((z * z).sum(), z, m.tensor(1j)),
        "jacobian": lambda: F.jacobian(lambda z: z * z, z.detach()), "jacobian of a real one": lambda: F.jacobian(m.abs, z.detach()), "hessian": lambda: F.hessian(lambda z: (z.abs() ** 2).sum(), z.detach()),
        "vjp": lambda: F.vjp(lambda z: (z * z).sum(), z.detach()), "vhp": lambda: F.vhp(lambda z: z.abs() ** 2, one),
        "hvp": lambda: F.hvp(lambda z: z.abs() ** 2, one), "jvp": lambda: F.jvp(lambda z: z * z, one), "func.grad": lambda: f.grad(lambda z: (z * z).sum())(z.detach()), "func.jacrev": lambda: f.jacrev(lambda z: z * z)(z),
        "func.jacrev of another": lambda: f.jacrev(lambda x, z: x)(x, z), "func.jacrev to": lambda: f.jacrev(lambda x: x * 1j)(x), "func.jacfwd": lambda: f.jacfwd(lambda z: z * z)(z),
        "func.hessian": lambda: f.hessian(lambda z: z.abs().sum())(z.detach()), "func.vjp": lambda: f.vjp(lambda z: z * z, z.detach())[1](z.detach())[0].real,
    }  # fmt: skip


test_views_made_in_inference_mode = each(views)
test_what_inference_tensors_are_good_for = each(things)
test_transforms_in_inference_mode = each(transforms)
test_what_stands_apart_from_an_inference_tensor = each(apart)
test_complex_results_want_a_vector = each(complexes)
