"""Read this first: one record's way through streamlr.

    source → decode → features → predict → emit → join labels → evaluate → detect → schedule →
    learn → checkpoint

A poll's records travel together; within the kernel each takes its stages before the next one
starts, so that how the stream was cut into polls leaves no trace. This is the only file that
knows the order of stages outside the kernel (:mod:`streamlr.kernel`).
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from streamlr import emission, registry, state_tree, tasks
from streamlr.checkpoint import decisions
from streamlr.checkpoint.format import Header, WarmStart
from streamlr.config import Configuration
from streamlr.engine import Answers, Engine
from streamlr.errors import DataError, StorageError
from streamlr.labels.inline import Classes, Labels, Numbers
from streamlr.labels.none import Unlabelled
from streamlr.records import (
    Decoded,
    Journal,
    Positions,
    Predictions,
    RawBatch,
    Reject,
    Schema,
    Topics,
)
from streamlr.sinks import Mark, Sink

DECISIONS_KEPT = 10_000
"""Latest drift alarms and rate changes that are remembered; a checkpoint holds fewer."""

_STATEFUL = ("features", "model", "detector", "schedule", "frequency", "evaluation")


@dataclass(frozen=True, slots=True)
class Ready:
    """A poll's records on their way, decoded and their labels joined.

    Attributes
    ----------
    raw
        The records.
    decoded
        Their columns.
    truth : float64 [rows]
        Class index or number; NaN where there is none.
    withhold
        Whether to keep their predictions from the sink.
    """

    raw: RawBatch
    decoded: Decoded
    truth: np.ndarray
    withhold: bool


class Pipeline:
    """One unit of state and the stages around it.

    Parameters
    ----------
    config
        Everything configured.
    schema
        The fields to read, fixed.
    decoder
        Type of the decoder that understands the source's payload.
    sinks
        ``sink`` and ``dead_letters``, open.
    """

    def __init__(
        self, config: Configuration, schema: Schema, decoder: str, sinks: dict[str, Sink]
    ) -> None:
        self._config = config
        self.schema = schema
        decoders = registry.load("decoders", decoder)
        settings = config.decoder if config.decoder.type == decoder else decoders.Config()
        self._decoder = decoders.build(settings, schema)
        self._original = decoders.original
        self._sinks = sinks
        self.labels = _labels(config, ())
        _require_watched(config.detector.feature, schema)
        names = schema.features + schema.categories
        self.engine = Engine(config, len(schema.features), len(schema.categories), names)
        scores = state_tree.flatten(self.engine.state.evaluator)
        self._unscored = {name: array.copy() for name, array in scores.items()}
        self.positions: Positions = {}
        self.warm_start: WarmStart | None = None
        self.skipped = 0
        self.withheld = 0
        self.decisions: deque[Journal] = deque(maxlen=DECISIONS_KEPT)

    def process(
        self, raw: RawBatch, *, withhold: bool = False
    ) -> tuple[list[Journal], list[Reject]]:
        """Take one poll's records through every stage but the checkpoint.

        Parameters
        ----------
        raw
            The records.
        withhold
            Whether to keep their predictions from the sink; they are counted.

        Returns
        -------
        journal
            Drift alarms and rate changes, in order.
        rejects
            Records that went to the dead letters.
        """
        ready = self.decode(raw, withhold=withhold)
        return self.emit(ready, self.run(ready))

    def decode(self, raw: RawBatch, *, withhold: bool = False) -> Ready:
        """The stages before the kernel: they need nothing that it learns."""
        decoded, truth = self.labels.encode(self._decoder.decode(raw.payload))
        return Ready(raw, decoded, truth, withhold)

    def run(self, ready: Ready) -> Answers:
        """The kernel: on whichever thread, one at a time, in order."""
        return self.engine.run(ready.decoded.values, ready.truth)

    def emit(self, ready: Ready, answers: Answers) -> tuple[list[Journal], list[Reject]]:
        """The stages after it; returns what :meth:`process` does."""
        raw, decoded = ready.raw, ready.decoded
        self.decisions.extend(answers.journal)
        if ready.withhold:
            self.withheld += len(decoded.rows)
        elif self._sinks["sink"].writes:
            said = self._predictions(raw, decoded, answers)
            self._sinks["sink"].write(emission.predictions(said))
        if decoded.rejects and self._sinks["dead_letters"].writes:
            source = getattr(self._config.source, "topic", self._config.source.type)
            letters = emission.dead_letters(raw, decoded.rejects, self._original, source)
            self._sinks["dead_letters"].write(letters)
        self.positions.update(raw.positions)
        return answers.journal, decoded.rejects

    def learn(self, decoded: Decoded) -> tuple[list[Journal], list[Reject]]:
        """Take records of a history: the same stages, but nothing is emitted."""
        decoded, truth = self.labels.encode(decoded)
        answers = self.engine.run(decoded.values, truth)
        self.decisions.extend(answers.journal)
        return answers.journal, decoded.rejects

    def skip(self, positions: Positions) -> int:
        """Go on at later positions; count and return what lies between."""
        skipped = sum(positions[partition] - at for partition, at in self.positions.items())
        self.positions = dict(positions)
        self.skipped += skipped
        return skipped

    def forget_scores(self) -> None:
        """Evaluate from here on as if nothing had been scored before."""
        state_tree.fill(self.engine.state.evaluator, self._unscored)

    def _predictions(self, raw: RawBatch, decoded: Decoded, answers: Answers) -> Predictions:
        return Predictions(
            raw=raw,
            rows=decoded.rows,
            label=self.labels.names(answers.said),
            probability=self.engine.certainty(answers),
            truth=decoded.labels,
            **self.engine.beside(answers),
        )

    def header(self, marks: dict[str, Mark], topics: Topics = ()) -> Header:
        """What a checkpoint holds besides the arrays."""
        return Header(
            pipeline=self._config.name,
            components=_settings(self._config),
            features=self.schema.features,
            label=self.schema.label,
            categories=self.schema.categories,
            classes=self.labels.met,
            positions=dict(sorted(self.positions.items())),
            marks=marks,
            topics=topics,
            warm_start=self.warm_start,
            skipped=self.skipped,
            withheld=self.withheld,
            decisions=decisions.tail(self.decisions),
        )

    def restore(self, header: Header, arrays: dict[str, np.ndarray]) -> None:
        """Be what a checkpoint says.

        Raises
        ------
        StorageError
            It was made with other settings.
        """
        require_same(header, self._config)
        try:
            self.engine.fill(arrays)
        except ValueError as error:
            message = f"the checkpoint does not fit this version of streamlr: {error}"
            raise StorageError(message) from error
        self.labels = _labels(self._config, header.classes)
        self.positions = dict(header.positions)
        self.warm_start = header.warm_start
        self.skipped, self.withheld = header.skipped, header.withheld
        self.decisions.clear()
        self.decisions.extend(decision.entry() for decision in header.decisions)


def _labels(config: Configuration, met: tuple[Any, ...]) -> Labels:
    if config.stream.task == "regression":
        return Numbers()
    if config.stream.task == "unsupervised":
        return Unlabelled()
    return Classes(tasks.load(config.stream.task).classes(config.stream.max_classes), met)


def _require_watched(name: str | None, schema: Schema) -> None:
    """A field that a detector watches must be among the features."""
    if name is not None and name not in schema.features:
        message = (
            f"[detector] watch = 'feature:{name}': {name!r} is not one of the numeric fields: "
            f"{', '.join(schema.features)}"
        )
        raise DataError(message)


def _settings(config: Configuration) -> dict[str, dict[str, Any]]:
    settings = {table: getattr(config, table).model_dump(mode="json") for table in _STATEFUL}
    settings["stream"] = {
        key: getattr(config.stream, key) for key in ("task", "label", "max_classes")
    }
    return settings


def differences(header: Header, config: Configuration) -> list[str]:
    """In which settings a checkpoint was made otherwise; a state fits its own only."""
    now = _settings(config)
    found = [
        f"[{table}] {key} was {header.components.get(table, {}).get(key)!r}, is {value!r}"
        for table, settings in now.items()
        for key, value in settings.items()
        if header.components.get(table, {}).get(key) != value
    ]
    if header.pipeline != config.name:
        found.insert(0, f"name was {header.pipeline!r}, is {config.name!r}")
    if config.stream.features and config.stream.features != header.features:
        found.append(f"[stream] features were {header.features}, are {config.stream.features}")
    return found


def require_same(header: Header, config: Configuration) -> None:
    """Refuse what was made with other settings.

    Raises
    ------
    StorageError
        With what differs.
    """
    if other := differences(header, config):
        message = (
            "the checkpoint was made with other settings: "
            + "; ".join(other)
            + ". Put them back, or choose another [checkpoint] directory to begin anew"
        )
        raise StorageError(message)
