"""Hooks of every module that hear of each parameter, buffer and sub-module that is given a name; what one returns takes its place."""

from __future__ import annotations

from collections import OrderedDict

from ...core.hooks import RemovableHandle

__all__ = ["register_module_buffer_registration_hook", "register_module_module_registration_hook",
           "register_module_parameter_registration_hook"]  # fmt: skip
PARAMETERS: OrderedDict = OrderedDict()
BUFFERS: OrderedDict = OrderedDict()
MODULES: OrderedDict = OrderedDict()


def register_module_parameter_registration_hook(hook) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` when a module is given a parameter."""
    return RemovableHandle(PARAMETERS, hook)


def register_module_buffer_registration_hook(hook) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` when a module is given a buffer."""
    return RemovableHandle(BUFFERS, hook)


def register_module_module_registration_hook(hook) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` when a module is given a sub-module."""
    return RemovableHandle(MODULES, hook)


def registered(hooks: OrderedDict, module, name: str, value):
    """``value``, or what the last hook that returned something made of it."""
    for hook in hooks.values():
        changed = hook(module, name, value)
        value = value if changed is None else changed
    return value
