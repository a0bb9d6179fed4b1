"""What is done with the parameters of modules: limit their gradients, lay them in one vector, reparametrise them."""

from __future__ import annotations

from . import parametrizations, parametrize, rnn
from .clip import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from .convert import parameters_to_vector, vector_to_parameters
from .reparametrise import remove_spectral_norm, remove_weight_norm, skip_init, spectral_norm, weight_norm

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "parameters_to_vector",
           "parametrizations", "parametrize", "remove_spectral_norm", "remove_weight_norm", "rnn", "skip_init", "spectral_norm",
           "vector_to_parameters", "weight_norm"]  # fmt: skip
