"""How tensors lie in memory, by formats, strides and buffers; what they say of themselves; words kept for older programs."""

import pytest

import autograd_lab as lab
from tests.nn.beside import calls, holds

CALLS = """
x.contiguous(memory_format=m.channels_last).stride() | x.contiguous(memory_format=m.channels_last) | v.contiguous(memory_format=m.channels_last_3d).stride() | w.contiguous(memory_format=m.channels_last).grad_fn.name()
x.contiguous(memory_format=m.channels_last_3d) | x[0].contiguous(memory_format=m.channels_last) | x.contiguous(memory_format=3) | x.contiguous(memory_format=m.preserve_format).stride()
x.is_contiguous(memory_format=m.channels_last) | x[:, :1].clone().is_contiguous(memory_format=m.channels_last) | x[0].is_contiguous(memory_format=m.channels_last) | x.to(memory_format=m.channels_last).stride() | w.to(memory_format=m.channels_last).grad_fn.name()
x.to(m.float64, memory_format=m.channels_last).stride() | x.clone(memory_format=m.channels_last).stride() | x.double(memory_format=m.channels_last).stride() | x.to(memory_format=m.channels_last).is_contiguous(memory_format=m.channels_last)
m.empty(2, 3, 4, 5, memory_format=m.channels_last).stride() | m.zeros_like(x, memory_format=m.channels_last).stride() | m.ones_like(x.to(memory_format=m.channels_last)).stride() | m.ones_like(x.to(memory_format=m.channels_last), memory_format=m.contiguous_format).stride()
m.autograd.grad((w.contiguous(memory_format=m.channels_last) * x).sum(), w) | m.nn.Conv2d(3, 2, 2).to(memory_format=m.channels_last)(x).shape | repr(m.channels_last) | repr(x.layout) | x.layout == m.strided
m.nn.utils.convert_conv2d_weight_memory_format(m.nn.Conv2d(3, 2, 2), m.channels_last).weight.stride()
m.frombuffer(bytearray(b'12345678'), dtype=m.int32) | m.frombuffer(bytearray(b'1234567'), dtype=m.int32) | m.frombuffer(bytearray(b''), dtype=m.int32) | m.frombuffer(bytearray(b'12345678'), dtype=m.int32, count=1, offset=4)
m.frombuffer(bytearray(b'12345678'), dtype=m.int32, count=5) | m.frombuffer(bytearray(b'12345678'), dtype=m.int32, offset=9) | m.frombuffer(b'12345678', dtype=m.float32) | m.empty_strided((2, 3), (1, 2)).stride() | m.empty_strided((2, 3), (1, 2)).fill_(3)
m.empty_strided((2, 3), (1,)) | m.empty_permuted((2, 3, 4), (2, 0, 1)).stride() | x.new_empty_strided((2, 2), (1, 2)).stride() | x.dim_order() | x.permute(3, 0, 1, 2).dim_order() | x.is_set_to(x) | x.is_set_to(x[:]) | x.is_set_to(x[:1])
x.is_pinned(), x.is_shared(), x.is_sparse, x.is_quantized, x.is_mkldnn, x.is_meta, x.is_cpu, x.is_nested | x.pin_memory() | x.share_memory_().shape | x.to_dense().shape | x.dense_dim(), x.sparse_dim() | x.name | x.volatile | x.resize(6, 20).shape
m.is_conj(x), m.is_neg(x), m.is_inference(x), m.is_distributed(x), m.is_storage(x), m.get_device(x) | m.typename(x), m.typename(3), m.typename(m.nn.Linear(1, 1)), m.typename(m.nn.Linear)
m.unravel_index(m.tensor([5, 3]), (2, 3)) | m.unravel_index(m.tensor(5), 6) | m.unravel_index(m.tensor([5.]), (2, 3)) | m.unravel_index(m.tensor(-1), (2, 3)) | m.unravel_index(m.tensor(5), ()) | m.unravel_index(m.tensor(5), (-1, 2)) | m.unravel_index(m.tensor(5), (2.5, 2))
m.nonzero_static(m.tensor([1, 0, 1]), size=3) | m.tensor([1, 0, 1]).nonzero_static(size=1, fill_value=-1) | x.prelu(m.tensor([0.25])) | (x - 9).hardshrink() | (x - 9).hardshrink(2.0) | w.prelu(m.tensor(0.5)).grad_fn.name()
m.select_copy(x, 0, 0) | m.slice_copy(x, 1, 0, 2) | m.split_copy(x, 1) | m.detach_copy(x) | m.view_as_real_copy(x.cfloat()) | m.native_channel_shuffle(x[:, :2], 2)
m.range(0, 4) | m.range(0, 4, 0.5) | m.range(1, 4, dtype=m.int64) | m.range(4, 1) | m.range(0, 1, 0) | m.nuclear_norm(x[0, 0]) | m.frobenius_norm(x, 1) | m.newaxis
m.embedding_bag(e, i, o) | m.embedding_bag(e, i, o, False, 1) | m.embedding_bag(e, i, o, False, 2) | m.embedding_bag(e, i, o, False, 0, False, None, False, 1) | m.embedding_bag(e, i, o, False, 1, False, None, False, 1) | m.embedding_bag(e, i, o, False, 2, False, None, False, 1)
m.embedding_bag(e, i, o, False, 1, False, m.ones(5)) | m.embedding_bag(e, i, m.tensor([0, 2, 5]), False, 2, False, None, True) | m.embedding_bag(e, i, m.tensor([0, 2, 5]), False, 0, False, m.arange(5.), True)
m.nn.init.uniform(x) | m.nn.init.constant(x, 2.) | m.nn.utils.clip_grad_norm([], 1) | m.nn.utils.fuse_conv_bn_eval(conv, bn)(x) | m.nn.utils.fuse_linear_bn_eval(m.nn.Linear(5, 4).eval(), m.nn.BatchNorm1d(4).eval())(x[0, 0])
"""  # fmt: skip


@pytest.mark.parametrize("call", calls(CALLS))
def test_a_call(call):
    def claim(m):
        x = m.arange(120.0).reshape(2, 3, 4, 5)
        bn = m.nn.BatchNorm2d(2)
        bn(m.arange(32.0).reshape(4, 2, 2, 2))
        given = {"m": m, "x": x, "w": x.clone().requires_grad_(), "v": x.unsqueeze(2), "e": m.arange(8.0).reshape(4, 2), "bn": bn.eval(),
                 "i": m.tensor([0, 1, 2, 3, 1]), "o": m.tensor([0, 0, 3]), "conv": m.nn.Conv2d(3, 2, 2).eval()}  # fmt: skip
        return eval(call, given)

    holds(claim, 1e-5, warnings="range" in call or "resize" in call or "clip" in call)


def test_a_convolution_of_channels_last_has_the_same_gradient():
    def claim(m):
        x = m.arange(120.0).reshape(2, 3, 4, 5).to(memory_format=m.channels_last).requires_grad_()
        m.nn.functional.conv2d(x, m.ones(2, 3, 2, 2)).square().sum().backward()
        return x.grad

    holds(claim)


def test_a_choice_of_kernel_changes_nothing_but_must_be_one():
    from torch.nn import attention as theirs

    from autograd_lab.nn import attention as ours

    q = lab.rand(1, 2, 3, 4)
    with ours.sdpa_kernel([ours.SDPBackend.MATH, ours.SDPBackend.FLASH_ATTENTION]):
        inside = lab.nn.functional.scaled_dot_product_attention(q, q, q)
    assert inside.equal(lab.nn.functional.scaled_dot_product_attention(q, q, q))
    assert {b.name: int(b) for b in ours.SDPBackend} == {n: int(b) for n, b in theirs.SDPBackend.__members__.items()}
    for kernel in ours.sdpa_kernel, theirs.sdpa_kernel:
        with pytest.raises(AssertionError, match="Backend must be an instance of SDPBackend"), kernel(3):
            pass
