"""streamlr: online learning that schedules its own learning rate.

As a daemon, it is the command ``streamlr``; as a library, :class:`OnlineModel`, and
:class:`LearningRateScheduler` for optimizers of others. Importing the package imports nothing more:
each name below brings what it needs when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlr.errors import (
        ConfigurationError,
        DataError,
        StorageError,
        StreamlrError,
        UnavailableError,
    )
    from streamlr.library.answers import Prediction, Predictions
    from streamlr.library.online_model import OnlineModel
    from streamlr.library.scheduler import Effect, LearningRateScheduler
    from streamlr.records import Journal

__version__ = "0.1.0"

__all__ = [
    "ConfigurationError",
    "DataError",
    "Effect",
    "Journal",
    "LearningRateScheduler",
    "OnlineModel",
    "Prediction",
    "Predictions",
    "StorageError",
    "StreamlrError",
    "UnavailableError",
    "__version__",
]

_WHERE = {
    "ConfigurationError": "errors",
    "DataError": "errors",
    "Effect": "library.scheduler",
    "Journal": "records",
    "LearningRateScheduler": "library.scheduler",
    "OnlineModel": "library.online_model",
    "Prediction": "library.answers",
    "Predictions": "library.answers",
    "StorageError": "errors",
    "StreamlrError": "errors",
    "UnavailableError": "errors",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute may be anything
    if name not in _WHERE:
        raise AttributeError(f"module 'streamlr' has no attribute {name!r}", name=name, obj=None)
    value = getattr(importlib.import_module(f"streamlr.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
