"""Which dtype each word gives inside autocast, beside PyTorch's; regions, the copies that are kept, gradients."""

import threading
import warnings

import numpy as np
import pytest
import torch

import autograd_lab as lab

SPD = np.eye(3, dtype="f4") * 3 + 0.5


def made(m, dtype, *shape):
    """Numbers between 0.1 and 0.9 of that shape."""
    values = np.random.default_rng(sum(shape)).uniform(0.1, 0.9, shape).astype("f4")
    return m.tensor(values).to(dtype=getattr(m, dtype))


# a line: the words, and how they are called; t(3, 3) makes a tensor in the dtype tried, w(3) one in float32
CASES = {
    "mm bmm": "m.{}(*((t(3, 3), t(3, 3)) if '{}' == 'mm' else (t(2, 3, 3), t(2, 3, 3))))",
    "matmul": "m.{}(t(3, 3), t(3, 3))",
    "matmul tensordot-1": "m.{}(t(3, 3), t(3, 3))",
    "mv": "t(3, 3).{}(t(3))",
    "dot inner outer atan2 maximum": "m.{}(t(3), t(3))",
    "addmm": "m.{}(t(3, 3), t(3, 3), t(3, 3))",
    "baddbmm": "m.{}(t(2, 3, 3), t(2, 3, 3), t(2, 3, 3))",
    "addbmm": "m.{}(t(3, 3), t(2, 3, 3), t(2, 3, 3))",
    "addmv": "m.{}(t(3), t(3, 3), t(3))",
    "addr": "m.{}(t(3, 3), t(3), t(3))",
    "exp log tanh sigmoid sum mean std var prod relu sqrt neg abs median norm logsumexp-0 softmax-0 log_softmax-0 cumsum-0 "
    "cumprod-0 quantile-0.5 nanquantile-0.5": "m.{}(t(3))",
    "cdist": "m.{}(t(2, 3), t(2, 3))",
    "cat stack": "m.{}([t(3), w(3)])",
    "linalg.inv linalg.svdvals linalg.cond linalg.cholesky": "m.{}(m.tensor(SPD).to(t(1).dtype))",
    "linalg.solve": "m.{}(m.tensor(SPD).to(t(1).dtype), t(3, 1))",
    "linalg.vector_norm": "m.{}(t(3))",
    "linalg.vecdot linalg.cross": "m.{}(t(2, 3), t(2, 3))",
    "nn.functional.linear": "m.{}(t(2, 3), t(4, 3), t(4))",
    "nn.functional.bilinear": "m.{}(t(2, 3), t(2, 3), t(4, 3, 3))",
    "nn.functional.conv1d": "m.{}(t(1, 2, 5), t(2, 2, 3))",
    "nn.functional.conv2d": "m.{}(t(1, 2, 5, 5), t(2, 2, 3, 3), t(2))",
    "nn.functional.conv_transpose2d": "m.{}(t(1, 2, 5, 5), t(2, 2, 3, 3))",
    "nn.functional.prelu": "m.{}(t(2, 3), t(1))",
    "nn.functional.scaled_dot_product_attention": "m.{}(t(1, 2, 3, 4), t(1, 2, 3, 4), t(1, 2, 3, 4))",
    "nn.functional.gelu nn.functional.softplus": "m.{}(t(3))",
    "nn.functional.layer_norm nn.functional.rms_norm": "m.{}(t(2, 3), (3,))",
    "nn.functional.group_norm": "m.{}(t(2, 4, 3), 2)",
    "nn.functional.batch_norm": "m.{}(t(4, 3), None, None, training=True)",
    "nn.functional.mse_loss nn.functional.l1_loss nn.functional.smooth_l1_loss nn.functional.huber_loss "
    "nn.functional.binary_cross_entropy nn.functional.binary_cross_entropy_with_logits nn.functional.poisson_nll_loss "
    "nn.functional.soft_margin_loss": "m.{}(t(3), t(3))",
    "nn.functional.cross_entropy nn.functional.nll_loss nn.functional.multi_margin_loss": "m.{}(t(2, 3), m.tensor([0, 1]))",
    "nn.functional.cosine_embedding_loss": "m.{}(t(2, 3), t(2, 3), m.tensor([1, -1]))",
    "nn.functional.hinge_embedding_loss": "m.{}(t(3), m.tensor([1, -1, 1]))",
    "nn.functional.margin_ranking_loss": "m.{}(t(3), t(3), m.tensor([1, -1, 1]))",
    "nn.functional.triplet_margin_loss": "m.{}(t(2, 3), t(2, 3), t(2, 3))",
    "nn.functional.cosine_similarity nn.functional.pairwise_distance": "m.{}(t(2, 3), t(2, 3))",
    "nn.functional.kl_div": "m.{}(t(3), t(3), reduction='sum')",
    "nn.functional.avg_pool2d nn.functional.max_pool2d": "m.{}(t(1, 1, 4, 4), 2)",
    "nn.functional.avg_pool3d nn.functional.max_pool3d nn.functional.adaptive_avg_pool3d nn.functional.adaptive_max_pool3d":
        "m.{}(t(1, 1, 4, 4, 4), 2)",
    "nn.functional.pad": "m.{}(t(1, 1, 4), (1, 1))",
    "nn.functional.grid_sample": "m.{}(t(1, 1, 4, 4), t(1, 4, 4, 2), align_corners=False)",
    "nn.functional.embedding": "m.{}(m.tensor([0]), t(3, 3))",
}  # fmt: skip
ONCE = {
    "matrix times vector": "t(3, 3) @ t(3)",
    "vectors": "t(3) @ t(3)",
    "batches": "t(2, 3, 3) @ t(3, 3)",
    "reflecting pad": "m.nn.functional.pad(t(1, 1, 4), (1, 1), mode='reflect')",
    "einsum that sums products": "m.einsum('ij,jk->ik', t(3, 3), t(3, 3))",
    "einsum that only multiplies": "m.einsum('ij,ij->ij', t(3, 3), t(3, 3))",
    "einsum of one": "m.einsum('ij->i', t(3, 3))",
    "float64": "t(2, 2).double() @ t(2, 2).double()",
    "integers": "t(2, 2).int() @ t(2, 2).int()",
    "index_copy": "t(3).index_copy(0, m.tensor([1]), w(1))",
}


def lines():
    for words, call in CASES.items():
        for word in words.split():
            word, _, argument = word.partition("-")
            text = call.replace("{}", word)
            yield word, text[:-1] + f", {argument})" if argument else text
    yield from ONCE.items()


LINES = dict(lines())


@pytest.mark.parametrize("region", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", LINES)
def test_each_word_gives_pytorchs_dtype(name, region):
    for dtype in ("float32", region):
        found = []
        for m in (lab, torch):
            with m.autocast("cpu", dtype=getattr(m, region)):
                scope = {
                    "m": m,
                    "SPD": SPD,
                    "t": lambda *s, m=m: made(m, dtype, *s),
                    "w": lambda *s, m=m: made(m, "float32", *s),
                }
                found.append(repr(eval(LINES[name], scope).dtype))
        assert found[0] == found[1], f"of {dtype}"


def test_nothing_is_rerouted_outside():
    code = lab.core.ops.linalg.matmul.__code__
    with lab.autocast("cpu"):
        assert lab.core.ops.linalg.matmul.__code__ is not code
        with lab.autocast("cpu", enabled=False):
            assert (lab.ones(2, 2) @ lab.ones(2, 2)).dtype is lab.float32
    assert lab.core.ops.linalg.matmul.__code__ is code
    with pytest.raises(ZeroDivisionError), lab.autocast("cpu"):
        raise ZeroDivisionError
    assert lab.core.ops.linalg.matmul.__code__ is code and not lab.is_autocast_enabled("cpu")


def test_other_threads_are_not_inside():
    found = []
    with lab.autocast("cpu"):
        thread = threading.Thread(target=lambda: found.append((lab.ones(2, 2) @ lab.ones(2, 2)).dtype))
        thread.start()
        thread.join()
    assert found == [lab.float32]


def story(m):
    """What one sees of regions inside regions, as a list of words."""
    x, seen = m.ones(2, 2), []

    def look():
        seen.append((repr((x @ x).dtype), m.is_autocast_enabled("cpu"), repr(m.get_autocast_dtype("cpu"))))

    look()
    with m.autocast("cpu", dtype=m.float16):
        look()
        with m.autocast("cpu", enabled=False):
            look()
            with m.autocast("cpu", dtype=m.bfloat16):
                look()
            look()
        with m.autocast(device_type="cpu"):
            look()
    look()

    @m.autocast("cpu", dtype=m.bfloat16)
    def decorated(y):
        "Its own words."
        look()
        return y @ y

    seen.append((repr(decorated(x).dtype), decorated.__name__, decorated.__doc__))
    look()
    return seen


def test_regions_nest_and_decorate():
    assert story(lab) == story(torch)


@pytest.mark.parametrize(
    "how",
    ["autocast('cpu', dtype=m.float64)", "autocast('foo')", "autocast(1)", "cpu.amp.autocast()", "amp.is_autocast_available('xyz')",
     "is_autocast_enabled()", "is_autocast_cache_enabled()", "get_autocast_dtype('cuda')", "amp.is_autocast_available('cpu')"],
)  # fmt: skip
def test_says_what_pytorch_says(how):
    def said(m):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                made = eval(f"m.{how}", {"m": m})
                out = made if isinstance(made, (bool, m.dtype)) else getattr(made, "_enabled", None)
            except (RuntimeError, ValueError) as error:
                out = type(error), str(error)
        return repr(out), [(w.category, str(w.message)) for w in caught]

    assert said(lab) == said(torch)


def test_a_device_there_is_none_of_is_disabled_with_a_warning():
    with pytest.warns(UserWarning, match="CUDA is not available"), lab.autocast("cuda"):
        assert (lab.ones(2, 2) @ lab.ones(2, 2)).dtype is lab.float32


def test_a_parameter_is_copied_once_and_its_gradient_comes_back_as_float32():
    for m in (lab, torch):
        w, x = m.ones(2, 2, requires_grad=True), m.ones(2, 2)
        with m.autocast("cpu", dtype=m.bfloat16):
            a, b = w @ x, w @ x
        (first, _), (second, _) = a.grad_fn.next_functions[0], b.grad_fn.next_functions[0]
        assert first.name() == second.name() == "ToCopyBackward0"
        assert (a + b).dtype is m.bfloat16
        assert (first is second) == (m is lab) or first == second
        (a + b).sum().backward()
        assert w.grad.dtype is m.float32 and w.grad.tolist() == [[4, 4], [4, 4]]
        with m.autocast("cpu", dtype=m.bfloat16, cache_enabled=False):
            a, b = w @ x, w @ x
        assert a.grad_fn.next_functions[0][0] is not b.grad_fn.next_functions[0][0]


def test_a_copy_is_forgotten_when_the_region_ends():
    w = lab.ones(2, 2, requires_grad=True)
    with lab.autocast("cpu"):
        before = (w @ w).grad_fn.next_functions[0][0]
        with lab.no_grad():
            w.mul_(2)
    with lab.autocast("cpu"):
        y = w @ w
    assert y.grad_fn.next_functions[0][0] is not before and y.tolist() == [[8, 8], [8, 8]]


def test_a_network_in_mixed_precision_learns_as_pytorchs():
    def trained(m):
        rng = np.random.default_rng(0)
        x, y = (m.tensor(rng.normal(size=shape).astype("f4")) for shape in ((16, 4), (16, 1)))
        net = m.nn.Sequential(m.nn.Linear(4, 8), m.nn.Tanh(), m.nn.Linear(8, 1))
        with m.no_grad():
            for p in net.parameters():
                p.copy_(m.tensor(rng.normal(size=tuple(p.shape)).astype("f4") * 0.5))
        optimizer, losses = m.optim.SGD(net.parameters(), lr=0.1), []
        for _ in range(20):
            optimizer.zero_grad()
            with m.autocast("cpu", dtype=m.bfloat16):
                loss = m.nn.functional.mse_loss(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, [p.grad.dtype for p in net.parameters()]

    (ours, dtypes), (theirs, _) = trained(lab), trained(torch)
    assert set(dtypes) == {lab.float32}
    np.testing.assert_allclose(ours, theirs, rtol=2e-2)
    assert ours[-1] < 0.7 * ours[0]


def test_functions_choose_by_custom_fwd_and_custom_bwd():
    seen = []

    class Square(lab.autograd.Function):
        @staticmethod
        @lab.amp.custom_fwd(device_type="cpu", cast_inputs=lab.float32)
        def forward(ctx, x):
            seen.append((x.dtype, lab.is_autocast_enabled("cpu")))
            ctx.save_for_backward(x)
            return x @ x

        @staticmethod
        @lab.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            seen.append((g.dtype, lab.is_autocast_enabled("cpu")))
            return g @ x.t() + x.t() @ g

    w = lab.ones(2, 2, dtype=lab.bfloat16, requires_grad=True)
    with lab.autocast("cpu"):
        y = Square.apply(w)
    y.sum().backward()
    assert seen == [(lab.float32, False), (lab.float32, False)]
    assert w.grad.dtype is lab.bfloat16
