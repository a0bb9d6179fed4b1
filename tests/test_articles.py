"""The worked examples of the articles people learn autograd from: run here and in PyTorch, they print the same.

One program per group of statements. Programs see the module as `torch` and print everything an article shows or claims.
"""

import contextlib
import io
import re
import warnings

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

PROGRAMS = {
    "leaves and a first backward": """
v1 = torch.tensor([1.0, 1.0], requires_grad=True)
v2 = torch.tensor([2.0, 2.0])
v_sum = v1 + v2
v_res = (v_sum * 2).sum()
print(v1, v2, v_sum, v_res)
print(v_res.grad_fn.name(), [n.name() for n, _ in v_res.grad_fn.next_functions])
mul = v_res.grad_fn.next_functions[0][0]
print(mul.name(), [(n and n.name(), i) for n, i in mul.next_functions])
add = mul.next_functions[0][0]
print(add.name(), [(n and n.name(), i) for n, i in add.next_functions])
print(v1.is_leaf, v2.is_leaf, v_sum.is_leaf, v_res.is_leaf)
print(v1.requires_grad, v2.requires_grad, v_sum.requires_grad, v_res.requires_grad)
v_res.backward()
print(v1.grad, v2.grad, v_sum.grad)
f = lambda v: ((v + v2) * 2).sum()
print(f(v1 + 1) - f(v1), f(v1 + torch.tensor([1.0, 0.0])) - f(v1))
""",
    "every node's gradient, kept on request": """
v1 = torch.tensor([1.0, 1.0], requires_grad=True)
v_sum = v1 + torch.tensor([2.0, 2.0])
v_sum.retain_grad()
(v_sum * 2).sum().backward()
print(v_sum.grad, v1.grad)
""",
    "a tensor's gradient attributes": """
tensor_1 = torch.Tensor([[1, 2, 3], [4, 5, 6]])
tensor_2 = torch.Tensor([[7, 8, 9], [10, 11, 12]])
print(tensor_1, tensor_2, tensor_1.dtype, torch.tensor([[1, 2], [3, 4]]).dtype)
print(tensor_1.requires_grad)
print(tensor_1.requires_grad_())
print(tensor_1.grad, tensor_1.grad_fn)
output_tensor = tensor_1 * tensor_2
print(output_tensor.requires_grad, output_tensor.grad, output_tensor.grad_fn)
output_tensor_1 = (tensor_1 * tensor_2).mean()
print(output_tensor_1.grad_fn, output_tensor_1.grad_fn.next_functions[0][0].name())
print(tensor_1.grad)
output_tensor_1.backward()
print(tensor_1.grad, tensor_1.grad.shape, tensor_1.shape)
""",
    "switching recording off and on": """
tensor_1 = torch.Tensor([[1, 2, 3], [4, 5, 6]]).requires_grad_()
tensor_2 = torch.Tensor([[7, 8, 9], [10, 11, 12]])
with torch.no_grad():
    new_tensor = tensor_1 * 3
    print(new_tensor, tensor_1.requires_grad, tensor_2.requires_grad, new_tensor.requires_grad, new_tensor.is_leaf)
def calculate(t):
    return t * 2
@torch.no_grad()
def calculate_no_grad(t):
    return t * 2
print(calculate(tensor_1), calculate_no_grad(tensor_1))
@torch.no_grad
def without_parentheses(t):
    return t * 2
print(without_parentheses(tensor_1).requires_grad)
with torch.no_grad():
    a = tensor_1 * 3
    with torch.enable_grad():
        b = tensor_1 * 3
print(a, b, torch.is_grad_enabled())
""",
    "two leaves, then a detached one": """
tensor_1_1 = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
tensor_1_2 = torch.tensor([[3.0, 4.0], [5, 6]])
print(tensor_1_1, tensor_1_2, tensor_1_2.requires_grad_())
f = (tensor_1_1 + tensor_1_2).mean()
print(f, f.requires_grad, tensor_1_1.grad, tensor_1_2.grad)
f.backward()
print(tensor_1_1.grad, tensor_1_2, tensor_1_2.grad)
detached = tensor_1_1.detach()
print(detached, detached.requires_grad, detached.is_leaf)
m = (tensor_1_1 + detached).mean()
m.backward()
print(tensor_1_1.grad, detached.grad)
detached[0, 0] = 9
print(tensor_1_1, tensor_1_1._version, detached.requires_grad_().is_leaf)
""",
    "Variable": """
Variable = torch.autograd.Variable
var = Variable(torch.FloatTensor([9]))
var.requires_grad_()
w1 = Variable(torch.FloatTensor([3]), requires_grad=True)
w2 = Variable(torch.FloatTensor([7]), requires_grad=True)
print(var, w1, w2, type(var), isinstance(var, Variable))
result_var = var * w1
print(result_var)
result_var.backward()
print(w1.grad, w2.grad, var.grad)
""",
    "a mean of squares": """
x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = torch.add(x, y)
print(y, z, x.grad_fn, y.grad_fn)
z = y * y * 2
out = z.mean()
print(z, out)
out.backward()
print(x.grad)
""",
    "a gradient for a vector": """
x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
y = x * 2
for _ in range(5):
    y = y * 2
y.backward(torch.FloatTensor([0.1, 1.0, 0.0001]))
print(y, x.grad)
""",
    "the vector that has no gradient of itself, and two repairs": """
torch.manual_seed(0)
def graph():
    torch.manual_seed(0)
    a, w1, w2, w3, w4 = (torch.randn((3, 3), requires_grad=True) for _ in range(5))
    b, c = w1 * a, w2 * a
    return 10 - (w3 * b + w4 * c), (a, w1, w2, w3, w4)
L, leaves = graph()
print(L.grad_fn, L.grad_fn.name())
try:
    L.backward()
except RuntimeError as error:
    print(error)
L.sum().backward()
first = [leaf.grad for leaf in leaves]
L, leaves = graph()
L.backward(torch.ones(L.shape))
print([torch.equal(a, leaf.grad) for a, leaf in zip(first, leaves)], L.shape)
print(first[0], first[3])
""",
    "walking a graph again": """
a = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (a * a).sum()
loss.backward(retain_graph=True)
loss.backward(retain_graph=True)
print(a.grad)
loss.backward()
print(a.grad)
try:
    loss.backward()
except RuntimeError as error:
    print(str(error).split(". ")[0])
b = torch.ones(2, requires_grad=True)
s = (b + 1).sum()
s.backward()
s.backward()
print(b.grad)
""",
}  # fmt: skip


def run(program, module):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(compile(program, "<article>", "exec"), {"torch": module})
    told = [(w.category, re.sub(r" \(Triggered internally.*", "", str(w.message))) for w in caught]
    return re.sub(r"0x[0-9a-f]+", "0x..", out.getvalue()), told


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_pytorch_prints(name):
    printed, warned = run(PROGRAMS[name], lab)
    expected, told = run(PROGRAMS[name], torch)
    assert printed == expected and printed
    assert warned == told
