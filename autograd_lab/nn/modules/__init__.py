"""Every kind of module, a file for each topic.

Reading order: ``module.py`` (what a module is; ``hooks.py`` and ``state.py`` are the rest of it), ``container.py``,
``linear.py``, then any.
"""

from __future__ import annotations

from ...core.absent import missing
from .activation import *  # noqa: F403
from .adaptive import *  # noqa: F403
from .attention import *  # noqa: F403
from .batchnorm import *  # noqa: F403
from .container import *  # noqa: F403
from .conv import *  # noqa: F403
from .distance import *  # noqa: F403
from .dropout import *  # noqa: F403
from .flatten import *  # noqa: F403
from .images import *  # noqa: F403
from .lazy import *  # noqa: F403
from .linear import *  # noqa: F403
from .loss import *  # noqa: F403
from .module import *  # noqa: F403
from .normalization import *  # noqa: F403
from .padding import *  # noqa: F403
from .pooling import *  # noqa: F403
from .rnn import *  # noqa: F403
from .sparse import *  # noqa: F403
from .transformer import *  # noqa: F403

__all__ = sorted(name for name, kind in list(globals().items()) if isinstance(kind, type) and issubclass(kind, Module)  # noqa: F405
                 and not name.startswith("_") and name != "NonDynamicallyQuantizableLinear")  # fmt: skip


def __getattr__(name: str):
    raise missing("torch.nn.modules", name)
