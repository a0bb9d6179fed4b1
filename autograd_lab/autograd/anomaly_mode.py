"""``torch.autograd.anomaly_mode``: find the forward line whose backward went wrong."""

from __future__ import annotations

from ..core.anomaly import detect_anomaly, set_detect_anomaly

__all__ = ["detect_anomaly", "set_detect_anomaly"]
