"""An embedded drifting stream from :mod:`simulators`: for a first look, and for tests."""

import time
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

import simulators
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Lag


class Config(ComponentConfig):
    """A simulated stream with known change points."""

    type: Literal["simulator"] = "simulator"
    stream: str = Field("abrupt", description="generator, one of `python -m simulators --list`")
    seed: Annotated[int, Field(ge=0)] = 1
    samples: Annotated[int, Field(ge=0)] = Field(0, description="records in all; 0: no end")
    rate: Annotated[float, Field(ge=0)] = Field(0.0, description="records a second; 0: no limit")
    options: dict[str, Any] = Field({}, description="the generator's own options")


def build(config: Config, name: str) -> "SimulatorSource":  # noqa: ARG001 - one signature for every source
    """Prepare the generator.

    Raises
    ------
    ConfigurationError
        There is no such generator, or it does not take these options.
    """
    try:
        return SimulatorSource(config)
    except ValueError as error:
        raise ConfigurationError(f"[source] stream: {error}") from error


class SimulatorSource:
    """Rows of a generator; offset n is its row n."""

    decoder = "columns"
    topics: Topics = ()

    def __init__(self, config: Config) -> None:
        self.stream = simulators.make(config.stream, seed=config.seed, **config.options)
        self._config = config
        self._at = 0
        self._began = (0.0, 0)

    @property
    def finished(self) -> bool:
        """Whether the last row was handed out."""
        return 0 < self._config.samples <= self._at

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - none here
        """Stand at a row: generators can start anywhere."""
        self._at = (positions or {}).get(0, 0)
        self._began = (time.monotonic(), self._at)
        return {0: self._at}

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        """Rows that are due by now."""
        stop = self._at + records
        if self._config.samples:
            stop = min(stop, self._config.samples)
        if self._config.rate:
            stop = min(stop, self._due(seconds))
        if stop <= self._at:
            return None
        start, self._at = self._at, stop
        values, labels = self.stream.rows(start, stop)
        columns = self._columns(values)
        offsets = np.arange(start, stop)
        return RawBatch(
            payload={**columns, "target": labels},
            partition=np.zeros(stop - start, np.int64),
            offset=offsets,
            timestamp=0,
            keys=None,
            positions={0: stop},
        )

    def _columns(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Fields by name; texts as objects."""
        stream = self.stream
        if stream.field_names == stream.feature_names:
            return dict(zip(stream.field_names, values.T, strict=True))
        written = [stream.written(row) for row in values.tolist()]
        columns = np.array(written, object).reshape(len(values), len(stream.field_names))
        return dict(zip(stream.field_names, columns.T, strict=True))

    def _due(self, seconds: float) -> int:
        began, at = self._began
        due = at + int((time.monotonic() - began) * self._config.rate)
        if due <= self._at:
            time.sleep(min(seconds, 1.0 / self._config.rate))
            due = at + int((time.monotonic() - began) * self._config.rate)
        return due

    def commit(self, positions: Positions) -> None:
        """Nobody to tell."""

    def lag(self) -> Lag:
        """Rows still to come, where there is an end."""
        return Lag({0: max(0, self._config.samples - self._at)} if self._config.samples else {})

    def close(self) -> None:
        """Nothing is held."""
