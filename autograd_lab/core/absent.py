"""What PyTorch has and this package does not: why, and what to use.

A package's ``__getattr__`` raises what ``missing`` makes, an AttributeError, so ``hasattr`` is False for these names.
"""

from __future__ import annotations

import re

_DEVICES = "there is one device, the CPU; leave it out"
_QUANTIZED = "quantized tensors are not supported; use float16 or bfloat16 for small ones"
_SPARSE = "sparse tensors are not supported; use dense ones, where(), or index_add and scatter_add to add up at places"
_COMPILED = "programs are captured by autograd_lab.compile; leave scripting and tracing out, functions run as they are"

# A name, whole, in any of the modules -> what is said of it.
SENTENCES = {
    r"jit|fx|export|package|onnx|script.*|Script.*|dynamo|compiler|library|ops|_dynamo": _COMPILED,
    r"distributed|futures|DistributedDataParallel|.*RRef.*|multiprocessing": "one process computes; leave it out",
    r"DataParallel|parallel": _DEVICES + ", and use the module itself",
    r"mps|xpu|mtia|accelerator|backends|cudnn.*|miopen.*|mkldnn.*|Stream|Event|get_device_module": _DEVICES,
    r".*quantiz.*|q_.*|qint.*|quint.*|qscheme|per_(channel|tensor).*|fake_.*|fbgemm.*|int_repr|qat|intrinsic|ao": _QUANTIZED,
    r".*sparse.*|.*(crow|ccol|row|col)_indices.*|smm|hspmm|hsmm|dsmm|sspaddmm|saddmm|spmm|coalesce|is_coalesced": _SPARSE,
    r"nested|jagged|.*padded_tensor|is_nested": "nested tensors are not supported; pad the sequences, or use nn.utils.rnn.PackedSequence",
    r"SparseAdam": "gradients are dense here; use Adam",
    r"complex32|chalf|ComplexHalf.*": "NumPy has no complex numbers of 16-bit floats; use complex64",
    r"float8_.*|float4_.*|u?int[1-7]|bits.*|u?int(16|32|64)": "this dtype is not supported; use one of autograd_lab's",
    r"CrossMapLRN2d": "PyTorch's own has a gradient that is not its forward's; use LocalResponseNorm",
    r"LinearCrossEntropyOptions": "results do not depend on it; leave options out",
    r"DataLoader|Dataset|TensorDataset|data|random_split": "data is not this package's; iterate over arrays, or use PyTorch's loader "
                                                         "and from_numpy",
    r"lobpcg": "use linalg.eigh, which gives all eigenvalues",
    r"(un)?typed_storage|.*[Ss]torage.*": "memory is a NumPy array: x.detach().numpy()",
    r"hub|testing|utils": "not part of this package",
    r"grouped_mm|scaled_mm|scaled_grouped_mm|ScalingType|SwizzleType": "8-bit floats are not supported; use matmul or bmm",
    r"lstsq|solve|symeig|eig|cholesky_ex": "removed from PyTorch too; use the word of that name in linalg (symeig: linalg.eigh)",
    r"distributions": "use rand, randn, bernoulli and multinomial, and write the density of what was drawn",
}  # fmt: skip


def missing(module: str, name: str) -> AttributeError:
    """The exception for a name that ``module`` (PyTorch's word for it) does not have."""
    text = f"module '{module}' has no attribute '{name}'"
    for pattern, sentence in SENTENCES.items():
        if re.fullmatch(pattern, name):
            return AttributeError(f"{text}: {sentence}")
    return AttributeError(text)
