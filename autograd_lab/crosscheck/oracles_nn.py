"""Independent JAX functions for activations.py, losses.py, normalisation.py, convolution.py, pooling.py and resampling.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# whose gradients are recorded as operations of their own, since what was saved only chose
LEVELS = ["threshold", "leaky_relu", "hardtanh", "hardshrink", "softshrink", "hardsigmoid", "prelu_kernel", "nll_loss", "nll_loss2d",
          *(word for n in (2, 3) for word in (f"avg_pool{n}d", f"max_pool{n}d_with_indices", f"fractional_max_pool{n}d",
                                              f"adaptive_avg_pool{n}d", f"adaptive_max_pool{n}d")),
          *(f"{kind}_pad{n}d" for kind in ("reflection", "replication") for n in (1, 2, 3))]  # fmt: skip
# whose gradients PyTorch makes together with others, so that they require one beside these
TOGETHER = ["convolution_backward_bias", "native_layer_norm_backward_bias", "native_batch_norm_backward_bias",
            "native_batch_norm_backward_x"]  # fmt: skip


def oracles() -> dict[str, Callable]:
    """{name of a primitive: its oracle}."""
    import jax
    import jax.numpy as jnp

    def reduced(loss, reduction):
        return loss if reduction == "none" else jnp.sum(loss) if reduction == "sum" else jnp.mean(loss)

    def huber(x, y, reduction, beta):
        size = jnp.abs(x - y)
        return reduced(jnp.where(size < beta, size**2 / 2, beta * (size - beta / 2)), reduction)

    def smooth(x, y, reduction, beta):
        size = jnp.abs(x - y)
        return reduced(jnp.where(size < beta, size**2 / (2 * beta), size - beta / 2), reduction)

    def cross_entropy(x, y, weight, reduction):
        return reduced(-weight * (y * jnp.maximum(jnp.log(x), -100) + (1 - y) * jnp.maximum(jnp.log1p(-x), -100)), reduction)

    def with_logits(x, y, weight, pos_weight, reduction):
        return reduced(-weight * (pos_weight * y * jax.nn.log_sigmoid(x) + (1 - y) * jax.nn.log_sigmoid(-x)), reduction)

    def picked(x, key, scale, total):
        loss = -jnp.asarray(x)[key] * scale
        return loss if total is None else jnp.sum(loss) / total

    def looked_up(weight, key, scale):
        rows = jnp.asarray(weight)[key[0]]
        return rows if scale is None else scale * rows + jax.lax.stop_gradient((1 - scale) * rows)

    def bags(weight, share, key, bag, shape, scale, kept, over):
        rows = looked_up(weight, key, scale)
        share = (
            jnp.asarray(share)
            if not jnp.ndim(share)
            else (jnp.asarray(share) if kept is None else jnp.asarray(share)[kept])[:, None]
        )
        total = jnp.zeros(shape).at[bag].add(rows * share)
        return total if over is None else total / over

    def normalised(x, weight, bias, dims, eps, folded=None, beside=None, affine=True):
        shape, x = jnp.shape(x), jnp.asarray(x) if folded is None else jnp.reshape(x, folded)
        weight, bias = (w if beside is None or not jnp.ndim(w) else jnp.reshape(w, beside) for w in (weight, bias))
        mean, var = jnp.mean(x, dims, keepdims=True), jnp.var(x, dims, keepdims=True)
        return jnp.reshape((x - mean) / jnp.sqrt(var + eps) * weight + bias, shape)

    def settled(x, weight, bias, mean, var, eps):
        weight, bias = (jnp.reshape(w, mean.shape) if jnp.ndim(w) else w for w in (weight, bias))
        return (x - mean) / jnp.sqrt(var + eps) * weight + bias

    def shifted(out, bias):
        return out + jnp.reshape(bias, (1, -1, *(1,) * (out.ndim - 2))) if jnp.ndim(bias) else out

    def numbers(n):
        letters = "XYZ"[:n]
        return f"NC{letters}", f"OI{letters}", f"NC{letters}"

    def convolve(x, weight, bias, stride, padding, dilation, groups):
        n = len(stride)
        out = jax.lax.conv_general_dilated(jnp.asarray(x, float), jnp.asarray(weight, float), stride, [(p, p) for p in padding],
                                           rhs_dilation=dilation, dimension_numbers=numbers(n), feature_group_count=groups)  # fmt: skip
        return shifted(out, bias)

    def convolve_back(result, weight, bias, shape, stride, padding, dilation, groups):
        _, pull = jax.vjp(lambda x: convolve(x, weight, 0.0, stride, padding, dilation, groups), jnp.zeros(shape))
        full = jnp.zeros(
            jax.eval_shape(lambda x: convolve(x, weight, 0.0, stride, padding, dilation, groups), jnp.zeros(shape)).shape
        )
        return shifted(pull(full.at[tuple(slice(n) for n in jnp.shape(result))].set(result))[0], bias)

    def convolve_kernel(x, result, shape, stride, padding, dilation, groups):
        def f(w):
            return convolve(x, w, 0.0, stride, padding, dilation, groups)[tuple(slice(n) for n in jnp.shape(result))]

        return jax.vjp(f, jnp.zeros(shape))[1](result)[0]

    def gathered(shape, kernel, stride, dilation):
        flat, n = np.arange(int(np.prod(shape))).reshape(shape), len(kernel)
        counts = [(s - d * (k - 1) - 1) // t + 1 for s, k, t, d in zip(shape[-n:], kernel, stride, dilation)]
        out = np.empty((*shape[:-n], *counts, *kernel), int)
        for at in np.ndindex(*counts, *kernel):
            place = tuple(a * t + b * d for a, b, t, d in zip(at[:n], at[n:], stride, dilation))
            out[(..., *at)] = flat[(..., *place)]
        return out

    def windows(x, kernel, stride, dilation):
        return jnp.ravel(x)[gathered(jnp.shape(x), kernel, stride, dilation)]

    def windows_back(g, shape, kernel, stride, dilation):
        return jnp.zeros(int(np.prod(shape))).at[gathered(shape, kernel, stride, dilation)].add(g).reshape(shape)

    def mean_windows(x, kernel, stride, weights):
        n = len(kernel)
        lead = (1,) * (jnp.ndim(x) - n)
        total = jax.lax.reduce_window(x, 0.0, jax.lax.add, (*lead, *kernel), (*lead, *stride), "VALID")
        return total * weights if n else total

    def largest(n):
        def best(x, index):
            flat, where = (jnp.reshape(a, (*jnp.shape(a)[:-n], -1)) for a in (x, index))
            return jnp.take_along_axis(flat, where, axis=-1).reshape(index.shape), index

        return best

    def resampled(x, matrices):
        letters = "uvw"[: len(matrices)]
        terms = ",".join(f"{c.upper()}{c}" for c in letters)
        return jnp.einsum(f"...{letters},{terms}->...{letters.upper()}", x, *matrices)

    def padded(x, before, after, value):
        return jax.lax.pad(x, jnp.asarray(value, jnp.asarray(x).dtype), [(b, a, 0) for b, a in zip(before, after)])

    def taken(x, key):
        return jnp.asarray(x)[key]

    def columns_of(x, kernel, dilation, padding, stride):
        image = jnp.reshape(x, (-1, *jnp.shape(x)[-3:]))
        found = jax.lax.conv_general_dilated_patches(image, kernel, stride, [(p, p) for p in padding], rhs_dilation=dilation)
        return jnp.reshape(found, (*jnp.shape(x)[:-3], found.shape[1], -1))

    def image_of(x, size, kernel, dilation, padding, stride):
        channels = jnp.shape(x)[-2] // int(np.prod(kernel))
        shape = (*jnp.shape(x)[:-2], channels, *size)
        back = jax.linear_transpose(
            lambda image: columns_of(image, kernel, dilation, padding, stride), jnp.zeros(shape, x.dtype)
        )
        return back(x)[0]

    def shuffled(x, r):
        *lead, c, h, w = jnp.shape(x)
        squares = jnp.reshape(x, (-1, c // (r * r), r, r, h, w))
        return jnp.einsum("ncabhw->nchawb", squares).reshape(*lead, c // (r * r), h * r, w * r)

    def unshuffled(x, r):
        *lead, c, h, w = jnp.shape(x)
        squares = jnp.reshape(x, (-1, c, h // r, r, w // r, r))
        return jnp.einsum("nchawb->ncabhw", squares).reshape(*lead, c * r * r, h // r, w // r)

    def channels_shuffled(x, groups):
        order = np.arange(jnp.shape(x)[1]).reshape(groups, -1).T.reshape(-1)
        return jnp.take(x, order, axis=1)

    def ahead(x, key, scale, p, margin, reduction):
        short = jnp.clip(margin - x[key][:, None] + x, 0.0, None) ** p * jnp.ones_like(x).at[key].set(0.0)
        return reduced(jnp.sum(short * scale, axis=1), reduction)

    def all_ahead(x, key, pairs, reduction):
        short = jnp.clip(1 - x[key][:, :, None] + x[:, None, :], 0.0, None)
        return reduced(jnp.einsum("nij,nij->n", short, pairs.astype(short.dtype)) / x.shape[1], reduction)

    def unpooled(x, index, size):
        lead = jnp.shape(x)[: jnp.ndim(x) - len(size)]
        places, values = index.reshape(int(np.prod(lead)), -1), jnp.reshape(x, (int(np.prod(lead)), -1))
        back = jax.vmap(lambda at, v: jnp.zeros(int(np.prod(size)), values.dtype).at[at].set(v))(places, values)
        return back.reshape(*lead, *size)

    def clipped(low, high):
        return lambda x: jnp.where(x < low, low, jnp.where(x > high, high, x))

    pools = {f"{name.format(n)}": largest(n) for n in (2, 3)
             for name in ("maxpool{}dwithindices", "adaptivemaxpool{}d", "fractionalmaxpool{}d")}  # fmt: skip
    upsampled = [*(f"adaptiveavgpool{n}d" for n in (2, 3)), *(f"upsamplenearest{n}d" for n in (1, 2, 3)),
                 *(f"upsamplenearestexact{n}d" for n in (1, 2, 3)), "upsamplelinear1d", "upsamplebilinear2d", "upsampletrilinear3d",
                 "upsamplebicubic2d", "upsamplebilinear2daa", "upsamplebicubic2daa"]  # fmt: skip
    return {
        "leaky_relu": lambda x, negative_slope: jax.nn.leaky_relu(x, negative_slope),
        "elu": lambda x, alpha, scale, input_scale: scale * jnp.where(x > 0, x, alpha * jnp.expm1(jnp.where(x > 0, 0.0, x) * input_scale)),
        "celu": lambda x, alpha: jax.nn.celu(x, alpha),
        "gelu": lambda x, approximate: jax.nn.gelu(x, approximate=approximate == "tanh"), "silu": jax.nn.silu, "mish": jax.nn.mish,
        "softplus": lambda x, beta, threshold: jnp.where(beta * x > threshold, x, jax.nn.softplus(beta * x) / beta),
        "logsigmoid": jax.nn.log_sigmoid, "hardtanh": lambda x, min_val, max_val: clipped(min_val, max_val)(x),
        "hardsigmoid": jax.nn.hard_sigmoid, "hardswish": jax.nn.hard_swish,
        "hardshrink": lambda x, lambd: jnp.where(jnp.abs(x) > lambd, x, 0.0),
        "softshrink": lambda x, lambd: jnp.sign(x) * jax.nn.relu(jnp.abs(x) - lambd),
        "threshold": lambda x, threshold, value: jnp.where(x > threshold, x, value),
        **{f"{n}_backward": lambda grad, x: grad for n in LEVELS}, **{n: lambda grad, *others: grad for n in TOGETHER},
        "prelu_kernel": lambda x, weight: jnp.where(x > 0, x, weight * x), "glu": lambda x, dim: jax.nn.glu(x, axis=dim),
        "mse_loss": lambda x, y, reduction: reduced(jnp.square(x - y), reduction), "huber_loss": huber, "smooth_l1_loss": smooth,
        "soft_margin_loss": lambda x, y, reduction: reduced(jax.nn.softplus(-x * y), reduction),
        "binary_cross_entropy": cross_entropy, "binary_cross_entropy_with_logits": with_logits,
        "multi_margin": ahead, "multilabel_margin": all_ahead, **dict.fromkeys(("maxunpool2d", "maxunpool3d"), unpooled),
        "affine_grid_generator": lambda theta, base: jnp.einsum("...k,nik->n...i", base, theta),
        **dict.fromkeys(("nllloss", "nllloss2d"), picked), "embedding": looked_up, "bags_of_rows": bags,
        **dict.fromkeys(("layer_normal", "group_normal", "batch_normal"), normalised),
        "fixed_normal": settled,
        "convolve": convolve, "convolve_back": convolve_back, "convolve_kernel": convolve_kernel, "windows_of": windows,
        "windows_back": windows_back, "mean_windows": mean_windows, "padded": padded, **pools,
        "columns_of": columns_of, "image_of": image_of,
        **{f"{kind}_pad{n}d": taken for kind in ("reflection", "replication") for n in (1, 2, 3)},
        "pixel_shuffle": shuffled, "pixel_unshuffle": unshuffled, "channel_shuffle": channels_shuffled,
        **dict.fromkeys((f"{name}_by" for name in upsampled), resampled),
    }  # fmt: skip
