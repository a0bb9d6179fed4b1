"""Arguments by PyTorch's names for them, and the corners that a sweep of every argument of every word has found."""

import pytest

import autograd_lab as lab
from tests.nn.beside import calls, holds

BY_NAME = """
m.reshape(x, shape=(3,2)) | x.reshape(shape=(3,2)) | x.view(size=(3,2)) | x.view(dtype=m.int32) | x.permute(dims=(1,0)) | m.permute(x,dims=(1,0))
m.broadcast_to(x,size=(2,2,3)) | x.expand(size=(2,2,3)) | x.maximum(other=x) | x.max(other=x) | m.max(x,other=x) | x.max(axis=0) | x.sum(axis=0,keepdims=True)
x.split(split_size=1) | m.split(x,split_size_or_sections=1) | m.hsplit(x,indices=[1]) | m.hsplit(x,sections=3) | m.tensor_split(x,sections=2,dim=1)
x.tensor_split(indices=[1],dim=1) | x.tile(dims=(2,2)) | x.repeat(repeats=(2,2)) | x.matmul(other=x.T) | m.cdist(x1=x,x2=x) | x.view_as(other=x) | m.linalg.diagonal(A=x)
m.linalg.det(A=x@x.T) | x.mul_(other=2) | x.sum(keepdims=True, axis=0) | m.cholesky_solve(x, input2=m.eye(2).double()) | m.permute_copy(x,dims=(1,0))
m.reshape(input=x,shape=(6,)) | m.amax(x,axis=0,keepdims=True) | m.addmm(x,mat1=m.eye(2),mat2=x,beta=.5) | x.addmm(mat1=m.eye(2),mat2=x) | m.mm(x,mat2=x.T)
m.special.log1p(input=x) | m.max(x,axis=0) | m.sum(x,axis=0,keepdims=True) | m.norm(x,dim=0) | m.squeeze(input=x,axis=0) | m.unsqueeze(x,axis=0)
m.view_copy(x,size=(6,)) | m.view_copy(x,dtype=m.int32) | m.expand_copy(x,size=(2,2,3)) | m.unsafe_split(x,split_size=1) | m.split_with_sizes(x,split_sizes=[1,1])
x.new_zeros(size=(2,)) | m.swapdims(x,dim0=0,dim1=1) | m.diff(x,n=1,axis=0) | m.argmax(x,axis=0) | m.std(x,axis=0,keepdims=True) | m.roll(x,shifts=(1,),dims=(0,))
m.quantile(x,q=.5,axis=0) | m.movedim(x,source=0,destination=1) | m.clamp(x,min=x,max=x) | m.where(condition=x>0,input=x,other=x) | m.where(x>0,input=x,other=2.)
m.logsumexp(x,axis=0) | m.flip(x,axis=0) | m.flip(x,dims=[0]) | m.triu_indices(row=2,col=2) | m.bmm(x[None],mat2=x.T[None]) | m.gather(x,axis=1,index=m.zeros(2,1).long())
m.tril(x,diagonal=1) | m.index_select(x,dim=0,index=m.tensor([1])) | m.index_add(x,dim=0,index=m.tensor([1]),source=x[:1],alpha=2) | m.dist(x,other=x,p=1)
m.cross(x,other=x,axis=1) | m.kthvalue(x,k=1,axis=0) | m.count_nonzero(x,axis=0) | m.all(x,axis=0) | m.cumsum(x,axis=0) | m.softmax(x,axis=0) | x.softmax(axis=0)
x.argsort(axis=0) | x.sort(axis=0,descending=True) | x.unbind(axis=0) | m.stack([x,x],axis=1) | m.linalg.norm(x,axis=0) | m.linalg.solve(A=m.eye(2),B=x)
m.linalg.multi_dot(tensors=[x,x.T]) | m.linalg.qr(A=x)
m.linalg.inv(A=m.eye(2)) | m.linalg.slogdet(A=m.eye(2)) | m.linalg.svdvals(A=x) | m.linalg.pinv(input=x) | m.linalg.vector_norm(x=x) | m.linalg.cross(input=x,other=x)
m.linalg.vander(x=x) | m.linalg.inv_ex(A=m.eye(2)) | m.linalg.vecdot(x=x,y=x)
"""  # fmt: skip
CORNERS = """
s.sum(dim=[0]) | s.amax(dim=(0,)) | s.mean(dim=[-1]) | s.amin(dim=[1]) | x.expand(2, 2, 3, implicit=True) | m.unique_consecutive(s) | m.unique_consecutive(s, return_inverse=True, return_counts=True)
x.movedim([0], [1, 0]) | m.linalg.norm(v, dim=[]) | m.linalg.diagonal(x, dim1=1) | x.diagonal(0, 1, -1) | m.diag_embed(x, dim1=1, dim2=1) | m.diagonal_scatter(x, v, dim1=1) | x.sum_to_size(2, 2) | x.sum_to_size(2, -1) | s.sum_to_size(1, 0)
m.linalg.lu_solve(*m.linalg.lu_factor(q), x) | m.linalg.solve_triangular(q, x, upper=True) | m.linalg.solve_triangular(q, x.T, upper=True, left=False) | m.linalg.vector_norm(s, 2, dim=(0, 1)) | m.linalg.vector_norm(s, 3, dim=1)
m.norm(x, "nuc", dim=[0]) | m.nanmean(x, dtype=m.int64) | x.new_zeros(-1) | x.new_ones((2, -1)) | x.new_full((-1,), 2.0) | m.nonzero_static(x.detach(), size=-1) | s.unfold(0, -1, 1) | s.unfold(0, 1, 1) | m.linalg.vander(v, N=3)
x.long() | x.to(m.int64) | x.bool() | x.type(m.int32) | m.unique(v) | m.unique(x, dim=0) | m.unique_consecutive(v) | m.nextafter(v, v + 1) | m.cdist(x, x, compute_mode="nope") | m.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
F.bilinear(q, q, m.ones(2, 3, 3).double(), 2) | F.bilinear(2, q, m.ones(2, 3, 3).double()) | F.cross_entropy(q, m.tensor([0, 1, 2]), label_smoothing=-0.1) | F.cross_entropy(q, q.softmax(1).detach(), label_smoothing=-0.1) | F.cross_entropy(q, m.tensor([0, 1, 2]), label_smoothing=1.1)
F.grid_sample(x[None, None], m.zeros(1, 2, 2, 2).double(), align_corners=1) | F.affine_grid(m.zeros(1, 2, 3), [1, 1, 2, 2], align_corners=1) | F.one_hot(input=m.tensor([1, 0])) | F.one_hot(m.tensor([1]), 2.0) | F.embedding(m.tensor([0]), q, padding_idx=1.5)
F.embedding_bag(m.tensor([[9]]), q) | F.embedding_bag(m.tensor([[0.5]]), q) | F.embedding_bag(m.tensor([[0, 1], [1, 2]]), q)
F.embedding_bag(m.tensor([0, 1, 1]), q, m.tensor([0, 1]), mode="sum", per_sample_weights=v.repeat(2)[:3], padding_idx=0) | m.linalg.lu_factor(q) | m.linalg.lu_factor(x) | m.linalg.lu_factor(x.T.contiguous()) | m.linalg.lu_solve(*m.linalg.lu_factor(q), q[:, :2], adjoint=True)
m.linalg.lu_solve(*m.linalg.lu_factor(q), x, left=False) | m.linalg.lu_solve(*m.linalg.lu_factor(q), x, left=False, adjoint=True) | m.lu_unpack(*m.linalg.lu_factor(x)) | m.linalg.lstsq(q[:, :2], q)[0] | m.linalg.lstsq(q[:, :2], q[0])[0] | m.matrix_power(q, 0) | m.matrix_power(q, 1) | m.matrix_power(q, -1)
n.clamp(min=n) | n.clamp(max=2 * n) | n.clamp(n, 3) | m.trapezoid(n) | n.byte().trace() | m.vdot(n[0].int(), n[1].int()) | m.broadcast_tensors(x, x[0])[0] | F.pairwise_distance(n, n + 1) | F.cosine_similarity(n, n) | n.nanmean() | n.logcumsumexp(0) | n.renorm(2, 0, 1.0)
m.linalg.svdvals(n) | F.prelu(n, n[0]) | F.nll_loss(n, n[:, 0]) | F.kl_div(n, n, reduction="sum") | F.binary_cross_entropy_with_logits(n, n) | F.multi_margin_loss(n, n[:, 0]) | F.group_norm(n, 1) | F.instance_norm(n[None]) | F.rms_norm(n, (3,))
F.elu(z) | F.leaky_relu(z) | F.softplus(z) | F.hardtanh(z) | z.clamp(0, 1) | z.clamp(min=z) | z.relu() | F.logsigmoid(z) | F.mse_loss(z, z) | F.layer_norm(z, (3,)) | F.group_norm(z, 1) | F.batch_norm(z, None, None, training=True) | z.logit() | F.glu(z[:, :2])
m.constant_pad_nd(z, (1, 1), value=1j) | m.constant_pad_nd(x, (1, 1), value=0.5) | (2 ** z).real | ((1 + 1j) ** z).real | ((1 + 1j) ** x).real
n.index_reduce(0, m.tensor([1, 1]), n - 5, "mean") | F.kl_div(x, x, log_target=1) | F.scaled_dot_product_attention(q[None], q[None], q[None], is_causal=1)
"""  # fmt: skip


def told(m, call):
    """The result, whether it has a history, and what comes of it."""

    def leaf(*data):
        return m.tensor(data, dtype=m.float64, requires_grad=True)

    x = leaf([0.5, -1.0, 2.0], [1.5, 0.25, -0.75])
    z = m.complex(x, x)
    given = {
        "m": m,
        "F": m.nn.functional,
        "x": x * 1,
        "z": z,
        "v": leaf(2.0, -1.0),
        "n": m.tensor([[1, 0, 2], [0, 2, 1]]),
        "s": leaf(3.0).sum(),
        "q": leaf([2.0, 0.5, 0.1], [0.3, 1.5, 0.2], [0.1, 0.4, 1.0]),
    }
    out = eval(call, given)
    parts = [t for t in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(t, m.Tensor)]
    names = [t.grad_fn and t.grad_fn.name() for t in parts]
    if not (tracked := [t.sum() for t in parts if t.requires_grad]):
        return out, names
    return out, names, m.autograd.grad(tracked, x, allow_unused=True)


@pytest.mark.parametrize("call", calls(BY_NAME) + calls(CORNERS))
def test_as_torch(call):
    holds(lambda m: told(m, call), 1e-6, warnings=False)


@pytest.mark.parametrize("call", ["x.view(size=(3, 2))", "m.permute(x, dims=(1, 0))", "x.maximum(other=x)"])
def test_a_second_call_finds_its_places_at_once(call):
    x = lab.ones(2, 3)
    assert eval(call, {"m": lab, "x": x}).tolist() == eval(call, {"m": lab, "x": x}).tolist()
