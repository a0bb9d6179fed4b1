"""What a tensor is here in any case, by the names under which PyTorch's programs ask: dense, on the CPU, no one else's."""

from __future__ import annotations

from ..absent import OF_TENSORS, Absent
from ..telling import tell
from ..tensor import Tensor
from .memory_formats import strided

NEVER = """is_ipu is_maia is_meta is_mkldnn is_mps is_mtia is_nested is_quantized is_sparse is_sparse_csr is_vulkan is_xla
           is_xpu""".split()
NO = "is_distributed is_pinned is_shared".split()


def _no(name: str):
    def ask(x) -> bool:
        return False

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = f"``{name}``: False. Memory is one process's."
    return ask


def share_memory_(x):
    """x itself: what other processes may see of it is for them to copy."""
    return x


def pin_memory(x, device=None):
    """RuntimeError: there is no accelerator to copy to."""
    raise RuntimeError("Cannot access accelerator device when none is available. Leave pin_memory out.")


def to_dense(x, dtype=None, *, masked_grad=None):
    """x itself, or in ``dtype``: tensors are dense here."""
    return x if dtype is None else x.to(dtype)


def dense_dim(x) -> int:
    """The number of dimensions."""
    return x._array.ndim


def sparse_dim(x) -> int:
    """0."""
    return 0


def dim_order(x, *, ambiguity_check=False) -> tuple[int, ...]:
    """The dimensions from the slowest in memory to the fastest."""
    steps = x.stride()
    return tuple(sorted(range(len(steps)), key=lambda d: -steps[d]))


def is_set_to(x, tensor) -> bool:
    """Whether both have the same memory, shape and strides."""
    return (x.data_ptr(), x.shape, x.stride()) == (tensor.data_ptr(), tensor.shape, tensor.stride())


def new_empty_strided(x, size, stride, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """Uninitialised, its elements ``stride`` apart, of x's dtype unless another is asked for."""
    from .memory import empty_strided

    return empty_strided(size, stride, dtype=dtype or x.dtype, device=device, requires_grad=requires_grad)


def resize(x, *size):
    """The elements in another shape. Deprecated: use ``resize_``, or ``reshape``."""
    tell("non-inplace resize is deprecated")
    return x.reshape(*size)


def resize_as(x, tensor):
    """The elements in ``tensor``'s shape. Deprecated: use ``resize_as_``, or ``reshape``."""
    tell("non-inplace resize_as is deprecated")
    return x.reshape(tensor.shape)


def _volatile(x) -> bool:
    tell("volatile was removed (Variable.volatile is always False)")
    return False


def _read_only(name: str):
    def refuse(x, value):
        raise AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")

    return refuse


def bind() -> None:
    """Hang them on Tensor, and make what is only to be asked for say so as PyTorch does."""
    for name in OF_TENSORS:
        setattr(Tensor, name, Absent(name))
    for name in NEVER:
        setattr(Tensor, name, property(lambda x: False))
    for name in NO:
        setattr(Tensor, name, _no(name))
    Tensor.is_cpu = property(lambda x: x.device.type == "cpu")
    Tensor.layout = property(lambda x: strided)
    Tensor.name = property(lambda x: None)
    Tensor.volatile = property(_volatile)
    for word in (
        share_memory_,
        pin_memory,
        to_dense,
        dense_dim,
        sparse_dim,
        dim_order,
        is_set_to,
        new_empty_strided,
        resize,
        resize_as,
    ):
        setattr(Tensor, word.__name__, word)
    Tensor.const_data_ptr = Tensor.data_ptr
    Tensor.new = lambda x, *data: x.new_tensor(data[0]) if data and not isinstance(data[0], int) else x.new_empty(*data or (0,))
    for name, value in list(vars(Tensor).items()):
        if type(value) is property and value.fset is None:
            setattr(Tensor, name, property(value.fget, _read_only(name), doc=value.__doc__))
