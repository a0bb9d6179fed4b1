"""The plain types of PyTorch's profiler: what it can listen to, in which states it is, and its settings."""

from __future__ import annotations

import enum

__all__ = ["DeviceType", "ProfilerActivity", "ProfilerConfig", "ProfilerEvent", "ProfilerState", "kineto_available"]


class ProfilerActivity(enum.Enum):
    """What PyTorch's profiler can listen to; here there is the CPU."""

    CPU = 0


class ProfilerState(enum.Enum):
    """Whether a profiler runs, and what it listens to."""

    Disabled = 0
    CPU = 1


class DeviceType(enum.Enum):
    """Where a tensor can be; here there is the CPU."""

    CPU = 0


class ProfilerConfig:
    """The settings of a profiler."""

    def __init__(self, state: ProfilerState, report_input_shapes: bool, profile_memory: bool, with_stack: bool, with_flops: bool,
                 with_modules: bool, experimental_config=None, trace_id: str = ""):  # fmt: skip
        self.state, self.report_input_shapes, self.profile_memory = state, report_input_shapes, profile_memory
        self.with_stack, self.with_flops, self.with_modules = with_stack, with_flops, with_modules
        self.experimental_config, self.trace_id = experimental_config, trace_id


class ProfilerEvent:
    """An event of PyTorch's old profiler, which nobody but it can make."""

    def __init__(self):
        raise TypeError("torch._C._autograd.ProfilerEvent: No constructor defined!")


for _kind, _home in ((ProfilerActivity, "_profiler"), (ProfilerState, "_profiler"), (ProfilerConfig, "_profiler"),
                     (DeviceType, "_autograd"), (ProfilerEvent, "_autograd")):  # fmt: skip
    _kind.__module__ = f"torch._C.{_home}"


def kineto_available() -> bool:
    """Whether Kineto, PyTorch's library for tracing devices, is there: it is not, and nothing here needs it."""
    return False
