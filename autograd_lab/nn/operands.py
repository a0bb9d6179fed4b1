"""What is said of an operand that is no tensor. A function that is Python's here would say that an int has no ``_array``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from ..core.guarded import guarded, placed_as
from ..core.overrides import answered, is_own, while_a_mode_is_entered
from ..core.signatures import kind_of
from ..core.telling import tell
from ..core.tensor import Tensor

# parameters that hold tensors where no annotation says so
TENSORS = frozenset("input input1 x1 anchor query weight bias grid theta indices".split())
# These warn at the line that called them, which one call more would hide.
WARNING = frozenset(
    """softmax log_softmax softmin gumbel_softmax dropout1d dropout2d dropout3d upsample upsample_nearest upsample_bilinear
       multi_head_attention_forward""".split()
)
# Those that a transformer calls at every step are not asked before, only when they fail.
# Function -> the word that asks for the kinds of its arguments in PyTorch, and, if that is another, what it is given of them.
SPOKEN = {name: name for name in """
    adaptive_avg_pool1d avg_pool1d avg_pool2d avg_pool3d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_transpose1d
    conv_transpose2d conv_transpose3d cosine_similarity elu_ gelu hardshrink hardtanh_ leaky_relu_ one_hot pixel_shuffle
    pixel_unshuffle prelu relu_ rrelu_ scaled_dot_product_attention selu_ softplus softshrink threshold_""".split()}  # fmt: skip
SPOKEN |= {words.split()[0]: words for words in (
    "celu input alpha", "elu input alpha", "glu input dim", "hardsigmoid input", "hardswish input", "hardtanh input min_val max_val",
    "leaky_relu input negative_slope", "mish input", "relu6 input", "rrelu input lower upper training", "selu input", "silu input",
    "threshold input threshold value", "alpha_dropout input p training",
    "feature_alpha_dropout input p training", "group_norm input num_groups weight bias eps",
    "batch_norm input weight bias running_mean running_var training momentum eps True",
    "instance_norm input weight bias running_mean running_var use_input_stats momentum eps True", "pad input pad mode value",
    "pairwise_distance x1 x2 p eps keepdim", "binary_cross_entropy input target weight", "huber_loss input target 1 delta",
    "binary_cross_entropy_with_logits input target weight pos_weight", "cosine_embedding_loss input1 input2 target margin",
    "hinge_embedding_loss input target margin", "margin_ranking_loss input1 input2 target margin",
    "multi_margin_loss input target p margin weight", "multilabel_margin_loss input target",
    "poisson_nll_loss input target log_input full eps 1",
    "smooth_l1_loss input target 1 beta", "soft_margin_loss input target", "triplet_margin_loss anchor positive negative margin p eps swap",
)}  # fmt: skip
SPOKEN |= {"logsigmoid": "log_sigmoid", "unfold": "im2col input kernel_size dilation padding stride",
           "fold": "col2im input output_size kernel_size dilation padding stride", "normalize": "linalg_vector_norm input 2 dim",
           "nll_loss": "nll_loss_nd input target weight 1 ignore_index", "embedding": "embedding weight input",
           "cross_entropy": "cross_entropy_loss input target weight 1 ignore_index label_smoothing",
           "max_unpool2d": "max_unpool2d input indices 1", "max_unpool3d": "max_unpool3d input indices 1 1 1",
           "adaptive_max_pool1d": "adaptive_max_pool1d input output_size"}  # fmt: skip
SPOKEN |= {word: f"{word} input kernel_size stride padding dilation ceil_mode"
           for n in (1, 2, 3) for word in (f"max_pool{n}d", f"max_pool{n}d_with_indices")}  # fmt: skip
ASKED = ("'size'", "'dim'")  # what PyTorch's own functions in Python ask of an operand: there, too, an AttributeError says so


def asking(name: str, word: Callable, module: str) -> Callable | None:
    """``word`` of ``module``, which asks as PyTorch does for the kinds of its arguments; None if there is nothing to ask."""
    if name in SPOKEN:
        spoken, _, order = SPOKEN[name].partition(" ")
        asked = guarded("f", spoken, word, seen=placed_as(word, order) if order else None)
        asked.__module__ = module
        return asked
    return wants_tensors(word, module) if may_lack_one(word) else None


def may_lack_one(word: Callable) -> bool:
    """Whether ``word`` of a module is one of those that users give tensors to."""
    return word.__name__ not in WARNING and not TENSORS.isdisjoint(inspect.signature(word).parameters)


def wants_tensors(word: Callable, module: str) -> Callable:
    """``word`` of ``module``, which says in PyTorch's words which of its arguments should have been a tensor, when it fails."""
    parameters = [
        (p.name, "Tensor" in str(p.annotation) or p.name in TENSORS, p.default is None or "None" in str(p.annotation))
        for p in inspect.signature(word).parameters.values()
    ]

    def no_tensor(args, kwargs) -> TypeError | None:
        for i, (name, wants, optional) in enumerate(parameters):
            if not wants or (i >= len(args) and name not in kwargs):
                continue
            value, where = (args[i], f" (position {i + 1})") if i < len(args) else (kwargs[name], "")
            if not isinstance(value, Tensor) and not (optional and value is None):
                return TypeError(f"{word.__name__}(): argument '{name}'{where} must be Tensor, not {kind_of(value)}")
        return None

    @functools.wraps(word)
    def called(*args, **kwargs):
        try:
            return word(*args, **kwargs)
        except (AttributeError, TypeError, NotImplementedError) as error:
            if not is_own(error) and (own := answered(called, args, kwargs)) is not None:
                return own[0]
            told = "argument" in str(error) or (str(error).endswith(ASKED) and "ndarray" not in str(error))
            if told or (blame := no_tensor(args, kwargs)) is None:
                raise
            raise blame from None

    own = word

    def asking(*args, **kwargs):
        answer = answered(called, args, kwargs)
        return own(*args, **kwargs) if answer is None else answer[0]

    def switch(on: bool) -> None:
        nonlocal word
        word = asking if on else own

    called.__module__ = module
    while_a_mode_is_entered(switch)
    return called


def own_softmax(word, input, dim, _stacklevel, dtype):
    """What an input that is asked answers to one of the three, (answer,); None if none is."""
    return answered(word, (input,), {"dim": dim, "_stacklevel": _stacklevel, "dtype": dtype})


def chosen_dim(name: str, x: Tensor, dim: int | None) -> int:
    """``dim``, or the one that PyTorch chose before it asked for one, with its warning at the line that called ``name``."""
    if dim is None:
        tell(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
        return 0 if x.ndim in (0, 1, 3) else 1
    return dim
