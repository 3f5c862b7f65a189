"""Any of River's drift detectors, by name: 32 values at a time, in Python.

``detector`` is a class of ``river.drift`` or ``river.drift.binary`` (KSWIN, FHDDM, …), or the
dotted path of one's own. The strongest signal of 32 values is told with the value that follows
them. Those that are native here too (ADWIN, Page-Hinkley, DDM, EDDM, HDDM) raise the same alarms
there, at once and in less time.

Notes
-----
Time a sample: about 1 µs for the way to Python and back, and River's own, from 0.2 µs (ADWIN) to
520 µs (KSWIN: faster streams than 1,900 records a second are not for it). A ``seed`` that is not
given is 0. River's object goes into a checkpoint as a pickle, which ``[checkpoint] allow_pickle``
must allow.
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import river_objects
from streamlr.components import DRIFT, NO_SIGNAL, WARNING
from streamlr.detectors.blocks import State, init, is_due, update
from streamlr.detectors.watch import DetectorConfig, Range
from streamlr.river_objects import RiverError

__all__ = ["State", "init", "is_due", "update"]

_MODULES = ("river.drift", "river.drift.binary")


class Config(DetectorConfig):
    """A drift detector of River's."""

    type: Literal["river"] = "river"
    detector: str = Field(
        description="class of river.drift or river.drift.binary, or a path", examples=["KSWIN"]
    )
    parameters: dict[str, Any] = Field(
        {}, description="what its constructor takes", validate_default=True
    )

    @field_validator("detector")
    @classmethod
    def _is_detector(cls, detector: str) -> str:
        try:
            _class(detector)
        except RiverError as error:
            raise PydanticCustomError("river", "{why}", {"why": str(error)}) from error
        return detector

    @field_validator("parameters")
    @classmethod
    def _fit(cls, parameters: dict[str, Any], others: ValidationInfo) -> dict[str, Any]:
        if "detector" in others.data:
            try:
                river_objects.make(_class(others.data["detector"]), parameters)
            except RiverError as error:
                raise PydanticCustomError("river", "{why}", {"why": str(error)}) from error
        return parameters

    @property
    def takes(self) -> Range:
        """As River says it."""
        return "0 or 1" if _is_binary(self.detector) else "any number"

    @property
    def needs_pickle(self) -> bool:
        """It is River that knows what is inside."""
        return True


def _class(detector: str) -> type:
    found = river_objects.find(detector, _MODULES)
    from river import base  # noqa: PLC0415 - River is optional

    if not issubclass(found, base.DriftDetector | base.BinaryDriftDetector):
        raise RiverError(f"the class {found.__name__} is no drift detector")
    return found


def _is_binary(detector: str) -> bool:
    from river.base import BinaryDriftDetector  # noqa: PLC0415 - River is optional

    return issubclass(_class(detector), BinaryDriftDetector)


class Listener:
    """River's object, and how it is asked."""

    def __init__(self, config: Config) -> None:
        self._river = river_objects.make(_class(config.detector), config.parameters)
        self._binary = config.takes == "0 or 1"

    def hear(self, values: list[float]) -> int:
        """Return the strongest signal."""
        return max(self.signals(values))

    def signals(self, values: list[float]) -> list[int]:
        """Return the signal of each value."""
        told = []
        for value in values:
            self._river.update(value == 1.0 if self._binary else value)
            warned = getattr(self._river, "warning_detected", False)
            drifted = self._river.drift_detected
            told.append(DRIFT if drifted else WARNING if warned else NO_SIGNAL)
        return told

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the object, pickled."""
        return {"pickle": river_objects.pickled(self._river)}

    def fill(self, arrays: dict[str, np.ndarray]) -> None:
        """Be that object."""
        self._river = river_objects.unpickled(arrays["pickle"])


def listener(config: Config) -> Listener:
    """As good as new."""
    return Listener(config)
