"""The small print of Function: marks, arguments and outputs of every kind, forward mode and vmap; run here and in PyTorch."""

import pytest

import autograd_lab as lab
from autograd_lab import func  # noqa: F401  (found as lab.func below)

from .test_function_as_torch import fn, outcome_of, two

torch = pytest.importorskip("torch")
import torch.func  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, when it vectorizes


def F(m, forward, backward=None, **more):
    plain = {k: v for k, v in more.items() if not callable(v)}
    made = fn(m, forward, backward, **{k: v for k, v in more.items() if callable(v)})
    for k, v in plain.items():
        setattr(made, k, v)
    return made


def nonstatic(m):
    class A(m.autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, g):
            return g * 3

    x = two(m)
    A.apply(x).sum().backward()
    return x.grad


def gi(m):
    told = []

    def b(ctx, g, h):
        told.append((g, h))
        return g

    x = two(m)
    y, _z = F(m, lambda ctx, x: (x * 2, x.long()), b).apply(x)
    y.sum().backward()
    return told, x.grad


def nd(m):
    told = []

    def f(ctx, x):
        o = x * 3
        ctx.mark_non_differentiable(o)
        return x * 2, o

    def b(ctx, g, h):
        told.append((g, h))
        return g

    x = two(m)
    y, z = F(m, f, b).apply(x)
    y.sum().backward()
    return told, z.requires_grad, z.is_leaf


def dv(m):
    a = two(m)
    b = a * 1
    v = b[:1]
    o = F(m, lambda ctx, x: (x.mul_(2), ctx.mark_dirty(x), x)[2], lambda ctx, g: g * 2).apply(v)
    b.sum().backward()
    return a.grad, o is v, type(b.grad_fn).__name__, type(v.grad_fn).__name__


def dv2(m):
    a = two(m)
    b = a * 1
    v = b[:1]

    def f(ctx, x, y):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, y * 3

    _, p = F(m, f, lambda ctx, g, h: (g * 2, h * 3)).apply(v, a)
    (b.sum() + p.sum()).backward()
    return a.grad


def dmulti(m):
    a = two(m)
    b = a * 1
    v = b.unbind(0)[0]
    return F(m, lambda ctx, x: (x.mul_(2), ctx.mark_dirty(x), x)[2], lambda ctx, g: g * 2).apply(v)


def viewin(m):
    x = two(m)
    o = F(m, lambda ctx, x: x.view(2, 1), lambda ctx, g: g.view(2)).apply(x * 1)
    o.mul_(2)
    return o.grad_fn


def viewin2(m):
    x = two(m)
    o = F(m, lambda ctx, x: (x.view(2, 1), x * 2), lambda ctx, g, h: g.view(2)).apply(x * 1)[0]
    o.mul_(2)
    return o.grad_fn.name()


def same2(m):
    def f(ctx, x):
        y = x * 2
        return y, y

    x = two(m)
    a, b = F(m, f, lambda ctx, g, h: g + h).apply(x)
    (a + b).sum().backward()
    return a is b, x.grad


def setsetup(m):
    told = []

    def s(ctx, inputs, output):
        told.append((type(inputs).__name__, len(inputs), type(output).__name__))

    F(m, lambda x, k: (x * k, x), lambda ctx, g, h: (g, None), setup_context=s).apply(two(m), 3)
    return told


def onced(m):
    x = two(m)
    A = F(m, lambda ctx, x: x * 2, m.autograd.function.once_differentiable(lambda ctx, g: g * 2))
    (g,) = m.autograd.grad(A.apply(x).sum(), x, create_graph=True)
    return g.requires_grad, type(g.grad_fn).__name__, g.grad_fn and str(g.grad_fn)[:40]


def onced2(m):
    x = two(m)
    A = F(m, lambda ctx, x: x * 2, m.autograd.function.once_differentiable(lambda ctx, g: g * 2))
    w = two(m)
    y = A.apply(x)
    (g,) = m.autograd.grad(y, x, w, create_graph=True)
    try:
        g.sum().backward()
    finally:
        pass


def dual(m, A):

    fw = m.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(m.ones(2), m.ones(2) * 3)
        return fw.unpack_dual(A.apply(x)).tangent


def dualk(m):
    fw = m.autograd.forward_ad
    told = []
    A = F(m, lambda ctx, x, k: x * k, lambda ctx, g: (g, None), jvp=lambda ctx, t, k: (told.append(k), t * 5)[1])
    with fw.dual_level():
        return fw.unpack_dual(A.apply(fw.make_dual(m.ones(2), m.ones(2)), 3)).tangent, told


def en(m, ctx, x):
    with m.enable_grad():
        ctx.i = x.detach().requires_grad_()
        ctx.o = ctx.i**3
    return ctx.o.detach()


CLAIMS = {
    "non-static": nonstatic,
    "kwargs": lambda m:(x:=two(m), F(m,lambda ctx,x,k=2:x*k, lambda ctx,g:(g*5,)).apply(x,k=3).sum().backward(), x.grad)[2],
    "kwargs2": lambda m:(x:=two(m), F(m,lambda ctx,x,k=2:x*k, lambda ctx,g:(g*5,None)).apply(x,k=3).sum().backward(), x.grad)[2],
    "tensor kwarg": lambda m:(x:=two(m), y:=two(m), F(m,lambda ctx,x,k:x*k, lambda ctx,g:(g*5)).apply(x,k=y).sum().backward(), x.grad,y.grad)[3:],
    "list out": lambda m: F(m,lambda ctx,x:[x*2,x*3], lambda ctx,g,h:g).apply(two(m)),
    "none out": lambda m: F(m,lambda ctx,x:None, lambda ctx,g:g).apply(two(m)),
    "number out": lambda m: F(m,lambda ctx,x:3, lambda ctx,g:g).apply(two(m)),
    "tuple of one": lambda m: F(m,lambda ctx,x:(x*2,), lambda ctx,g:g).apply(two(m)),
    "dict out": lambda m: F(m,lambda ctx,x:{"a":x*2}, lambda ctx,g:g).apply(two(m)),
    "list backward": lambda m:(x:=two(m), F(m,lambda ctx,x:x*2, lambda ctx,g:[g]).apply(x).sum().backward(), x.grad)[2],
    "no inputs": lambda m: F(m,lambda ctx:m.ones(2), lambda ctx:None).apply(),
    "ints out": lambda m: [ (o.requires_grad,o.dtype) for o in F(m,lambda ctx,x:(x*2,x.long()), lambda ctx,g,h:g).apply(two(m))],
    "int grads": gi,
    "nondiff grads": nd,
    "nondiff not output": lambda m: F(m,lambda ctx,x:(ctx.mark_non_differentiable(x*3),x*2)[1], lambda ctx,g:g).apply(two(m)),
    "dirty not output": lambda m: F(m,lambda ctx,x:(x.mul_(2),ctx.mark_dirty(x),x*2)[2], lambda ctx,g:g).apply(two(m)*1),
    "dirty view of leaf": lambda m: F(m,lambda ctx,x:(x.mul_(2),ctx.mark_dirty(x),x)[2], lambda ctx,g:g*2).apply(two(m)[:1]),
    "dirty view": dv,
    "dirty view several outs": dv2,
    "dirty multiview": dmulti,
    "dirty no grad in": lambda m: (x:=m.ones(2), y:=two(m), F(m,lambda ctx,x,y:(x.mul_(y),ctx.mark_dirty(x),x)[2], lambda ctx,g:(None,g)).apply(x,y).sum().backward(), x.requires_grad, x._version, y.grad)[3:],
    "view out": lambda m: (x:=two(m), o:=F(m,lambda ctx,x:x[:1], lambda ctx,g:m.cat([g,g*0])).apply(x), o._is_view(), o.grad_fn.name(), o._base is x)[2:],
    "view out in-place": viewin,
    "view several in-place": viewin2,
    "return same twice": lambda m: F(m,lambda ctx,x:(x*2,)*2, lambda ctx,g,h:g+h).apply(two(m)),
    "same twice": same2,
    "input twice": lambda m: (x:=two(m), F(m,lambda ctx,x,y:x*y, lambda ctx,g:(g*2,g*3)).apply(x,x).sum().backward(), x.grad)[2],
    "needs_input_grad setup": lambda m: (told:=[], F(m,lambda x,k:x*k, lambda ctx,g:(told.append(ctx.needs_input_grad),g,None)[1:], setup_context=lambda ctx,i,o:None).apply(two(m),3).sum().backward(), told)[2],
    "setup_context args": setsetup,
    "saved attr in fwd": lambda m: F(m,lambda ctx,x:(ctx.save_for_backward(x),ctx.saved_tensors,x*2)[1], lambda ctx,g:g).apply(two(m)),
    "save twice": lambda m: (x:=two(m),F(m,lambda ctx,x:(ctx.save_for_backward(x),ctx.save_for_backward(x,x),x*2)[2], lambda ctx,g:g*len(ctx.saved_tensors)).apply(x).sum().backward(),x.grad)[2],
    "save list": lambda m: F(m,lambda ctx,x:(ctx.save_for_backward([x]),x*2)[1], lambda ctx,g:g).apply(two(m)),
    "to_save": lambda m: F(m,lambda ctx,x:(ctx.save_for_backward(x),ctx.to_save,x*2)[1], lambda ctx,g:g).apply(two(m)),
    "saved_variables": lambda m: F(m,lambda ctx,x:(ctx.save_for_backward(x),x*2)[1], lambda ctx,g:ctx.saved_variables).apply(two(m)).sum().backward(),
    "backward raises": lambda m: F(m,lambda ctx,x:x*2, lambda ctx,g:1/0).apply(two(m)).sum().backward(),
    "bwd no args": lambda m: F(m,lambda ctx,x:x*2, lambda ctx:None).apply(two(m)).sum().backward(),
    "dtype cast": lambda m: (x:=two(m),F(m,lambda ctx,x:x*2, lambda ctx,g:g.double()).apply(x).sum().backward(),x.grad.dtype)[2],
    "grad int": lambda m: (x:=two(m),F(m,lambda ctx,x:x*2, lambda ctx,g:g.long()).apply(x).sum().backward(),x.grad)[2],
    "grad scalar": lambda m: (x:=two(m),F(m,lambda ctx,x:x*2, lambda ctx,g:m.tensor(2.)).apply(x).sum().backward(),x.grad)[2],
    "once attr": lambda m: m.autograd.function.once_differentiable(lambda ctx,g:g).__name__,
    "once": onced,
    "once err": onced2,
    "dirty_tensors": lambda m: F(m,lambda ctx,x:(ctx.mark_dirty(x),ctx.dirty_tensors,x)[1], lambda ctx,g:g).apply(two(m)*1),
    "class repr": lambda m: repr(F(m,lambda ctx,x:x*2)),
    "is subclass": lambda m: (isinstance(F(m,lambda ctx,x:x*2, lambda ctx,g:g).apply(two(m)).grad_fn, m.autograd.function.BackwardCFunction)),
    "jvp none": lambda m: dual(m, F(m,lambda ctx,x:x*2, lambda ctx,g:g)),
    "jvp": lambda m: dual(m, F(m,lambda ctx,x:x*2, lambda ctx,g:g, jvp=lambda ctx,t:t*2)),
    "jvp wrong shape": lambda m: dual(m, F(m,lambda ctx,x:x*2, lambda ctx,g:g, jvp=lambda ctx,t:m.ones(3))),
    "jvp too many": lambda m: dual(m, F(m,lambda ctx,x:x*2, lambda ctx,g:g, jvp=lambda ctx,t:(t,t))),
    "jvp save_for_forward": lambda m: dual(m, F(m,lambda ctx,x:(ctx.save_for_forward(x),x*x)[1], lambda ctx,g:g, jvp=lambda ctx,t:2*ctx.saved_tensors[0]*t)),
    "jvp nontensor": dualk,
    "vmap fwd-only": lambda m: m.func.vmap(F(m,lambda x:x*2, lambda ctx,g:g, setup_context=lambda c,i,o:None, generate_vmap_rule=True).apply)(m.ones(3,2)),
    "vmap both": lambda m: m.func.vmap(F(m,lambda x:x*2, lambda ctx,g:g, setup_context=lambda c,i,o:None, generate_vmap_rule=True, vmap=lambda info,in_dims,x:(x*2,0)).apply)(m.ones(3,2)),
    "vmap bad ret": lambda m: m.func.vmap(F(m,lambda x:x*2, lambda ctx,g:g, setup_context=lambda c,i,o:None, vmap=lambda info,in_dims,x:x*2).apply)(m.ones(3,2)),
    "vmap none": lambda m: m.func.vmap(F(m,lambda x:x*2, lambda ctx,g:g, setup_context=lambda c,i,o:None).apply)(m.ones(3,2)),
    "func.grad setup": lambda m: m.func.grad(lambda x:F(m,lambda x:x*2, lambda ctx,g:g*7, setup_context=lambda c,i,o:None).apply(x).sum())(m.ones(2)),
    "func.grad old": lambda m: m.func.grad(lambda x:F(m,lambda ctx,x:x*2, lambda ctx,g:g*7).apply(x).sum())(m.ones(2)),
    "func.jvp nojvp": lambda m: m.func.jvp(F(m,lambda x:x*2, lambda ctx,g:g*7, setup_context=lambda c,i,o:None).apply,(m.ones(2),),(m.ones(2),)),
    "nested": lambda m: m.autograd.function.NestedIOFunction.__name__,
    "no grad enabled": lambda m: (told:=[], F(m,lambda ctx,x:(told.append(m.is_grad_enabled()),x*2)[1], lambda ctx,g:(told.append(m.is_grad_enabled()),g)[1]).apply(two(m)).sum().backward(), told)[2],
    "ctx attrs": lambda m: (x:=two(m), y:=F(m,lambda ctx,x:(setattr(ctx,"foo",3),x*2)[1], lambda ctx,g:g*ctx.foo).apply(x), y.grad_fn.foo)[2],
    "save intermediate": lambda m: (x:=two(m), A:=F(m,lambda ctx,x:(i:=x*3, ctx.save_for_backward(i), x*x)[2], lambda ctx,g:g*ctx.saved_tensors[0]), g:=m.autograd.grad(A.apply(x).sum(),x,create_graph=True)[0], g.requires_grad)[2:],
    "freed access": lambda m: (y:=F(m,lambda ctx,x:(ctx.save_for_backward(x),x*2)[1], lambda ctx,g:g).apply(two(m)), y.sum().backward(), y.grad_fn.saved_tensors),
    "freed none saved": lambda m: (y:=F(m,lambda ctx,x:x*2, lambda ctx,g:g).apply(two(m)), y.sum().backward(), y.sum().backward(), y.grad_fn.saved_tensors),
    "raw_saved": lambda m: len(F(m,lambda ctx,x:(ctx.save_for_backward(x),x*2)[1], lambda ctx,g:g).apply(two(m)).grad_fn._raw_saved_tensors),
    "clear_saved": lambda m: F(m,lambda ctx,x:x*2,lambda ctx,g:g,clear_saved_tensors_on_access=True).apply(two(m)),
    "pure view nograd": lambda m: F(m,lambda ctx,x:x,lambda ctx,g:g).apply(m.ones(2)) ,
    "unchanged nograd is": lambda m: (x:=m.ones(2), F(m,lambda ctx,x:x,lambda ctx,g:g).apply(x) is x)[1],
    "apply on instance": lambda m: F(m,lambda ctx,x:x*2, lambda ctx,g:g)().apply(two(m)),
    "fwd returns leaf captured": lambda m: (w:=two(m), F(m,lambda ctx,x:w, lambda ctx,g:g).apply(two(m)).grad_fn is None)[1],
    "fwd enable_grad": lambda m: (x:=two(m), F(m,lambda ctx,x: en(m,ctx,x), lambda ctx,g:m.autograd.grad(ctx.o,ctx.i,g)[0]).apply(x).sum().backward(), x.grad)[2],
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    assert outcome_of(lab, CLAIMS[claim]) == outcome_of(torch, CLAIMS[claim])
