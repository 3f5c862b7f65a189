"""Read this first: one record's way through streamlr.

    source → decode → features → predict → emit → join labels → evaluate → detect → schedule →
    learn → checkpoint

A poll's records travel together; within the kernel each takes its stages before the next one
starts, so that how the stream was cut into polls leaves no trace. This is the only file that
knows the order of stages outside the kernel (:mod:`streamlr.kernel`).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from streamlr import emission, fitting, registry, state_tree, tasks
from streamlr.checkpoint import decisions
from streamlr.checkpoint.format import Header, WarmStart
from streamlr.config import Configuration
from streamlr.decoders import settings
from streamlr.deriving import Deriver
from streamlr.engine import Answers, Engine
from streamlr.errors import DataError, StorageError
from streamlr.kernel import BOTH, LEARN, PREDICT
from streamlr.labels import Events, Join, inline
from streamlr.labels.encoding import Classes, Labels, Numbers, Unlabelled
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
from streamlr.shifts.watch import MOST_FIELDS, ShiftWatch, Signals
from streamlr.sinks import Mark, Sink

DECISIONS_KEPT = 10_000
"""Latest drift alarms and rate changes that are remembered; a checkpoint holds fewer."""

_STATEFUL = ("features", "labels", "model", "detector", "schedule", "frequency", "evaluation")
_OLDER = inline.Config().model_dump(mode="json")
"""Labels as checkpoints have them that know no other, or not all of their keys."""
_FORMERLY = {"words": 1, "characters": None, "text_limit": 256}
"""[features] of checkpoints that are older than texts."""

OF_LABELS, OF_DERIVATIONS, OF_SHIFTS = "labels.", "derived.", "shift."
"""Names of arrays that the join of labels keeps begin so, those of derivations, and of shifts."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A poll's records on their way, decoded and their labels joined.

    Attributes
    ----------
    raw
        The records.
    events
        What the kernel is given of them.
    withhold
        Whether to keep their predictions from the sink.
    """

    raw: RawBatch
    events: Events
    withhold: bool


class Pipeline:
    """One unit of state and the stages around it.

    Parameters
    ----------
    config
        Everything configured.
    schema
        The stream's own fields, fixed.
    decoder
        Type of the decoder that understands the source's payload.
    sinks
        ``sink`` and ``dead_letters``, open.
    """

    def __init__(
        self, config: Configuration, schema: Schema, decoder: str, sinks: dict[str, Sink]
    ) -> None:
        self._config = config = fitting.to_texts(config, len(schema.texts))
        self.schema = schema = replace(schema, tokenising=config.features.tokenising)
        self.join: Join = registry.load("labels", config.labels.type).build(
            config.labels, config.stream.task
        )
        self.deriver = Deriver(config.derive, config.stream.task, schema, self.join.columns(schema))
        decoders = registry.load("decoders", decoder)
        reads = _read(self.deriver.reads, config)
        self._decoder = decoders.build(settings(config.decoder, decoder), reads)
        self._original = decoders.original
        self._sinks = sinks
        self.labels = _labels(config, ())
        shows = self.deriver.shows
        _require_watched(config.detector.feature, shows)
        names = shows.features + shows.categories
        self.engine = Engine(
            config, len(shows.features), len(shows.categories), names, len(shows.texts)
        )
        self.shifts: ShiftWatch | None = None
        if config.shift.without_labels:
            self._watched, signals = _signals(shows, self.deriver, self.engine.shape.classes > 0)
            self.shifts = ShiftWatch(signals, labelled=config.stream.task != "unsupervised")
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
        events = self.join.events(self.deriver.own(decoded), truth, raw)
        return Ready(raw, self.deriver.complete(events, decoded, raw), withhold)

    def run(self, ready: Ready) -> Answers:
        """The kernel: on whichever thread, one at a time, in order."""
        events = ready.events
        self.engine.know(self.labels.met)
        self.engine.hold(events.slots)
        told = events.event, events.values, events.truth, events.slot, events.before
        return self.engine.run_events(*told, events.tokens)

    def emit(self, ready: Ready, answers: Answers) -> tuple[list[Journal], list[Reject]]:
        """The stages after it; returns what :meth:`process` does."""
        raw, events, decoded = ready.raw, ready.events, ready.events.decoded
        self.join.score(events, answers.said)
        journal = answers.journal + self._look(events.event, lambda: events.values, answers)
        self.decisions.extend(journal)
        if ready.withhold:
            self.withheld += int(np.count_nonzero(events.event != LEARN))
        elif self._sinks["sink"].writes:
            said = self._predictions(raw, events, answers)
            self._sinks["sink"].write(emission.predictions(said))
        if decoded.rejects and self._sinks["dead_letters"].writes:
            source = getattr(self._config.source, "topic", self._config.source.type)
            letters = emission.dead_letters(raw, decoded.rejects, self._original, source)
            self._sinks["dead_letters"].write(letters)
        self.positions.update(raw.positions)
        return journal, decoded.rejects

    def learn(self, decoded: Decoded) -> tuple[list[Journal], list[Reject]]:
        """Take records of a history, each with its own label: nothing is emitted."""
        decoded, truth = self.labels.encode(decoded)
        self.engine.know(self.labels.met)
        values = self.deriver.values(decoded, truth, remember=True)
        answers = self.engine.run(values, truth, decoded.tokens)
        event = np.where(np.isnan(truth), PREDICT, BOTH)
        journal = answers.journal + self._look(event, lambda: values, answers)
        self.decisions.extend(journal)
        return journal, decoded.rejects

    def _look(
        self, event: np.ndarray, values: Callable[[], np.ndarray], answers: Answers
    ) -> list[Journal]:
        """Look for shifts of fields, and of what was said of them."""
        if self.shifts is None:
            return []

        def columns() -> np.ndarray:
            predicted = event != LEARN
            fields = values()[predicted][:, self._watched]
            said = [column[predicted] for column in self.engine.spoken(answers)]
            return np.column_stack([fields, *said])

        return self.shifts.take(event, columns)

    def skip(self, positions: Positions) -> int:
        """Go on at later positions; count and return what lies between."""
        skipped = sum(positions[partition] - at for partition, at in self.positions.items())
        self.positions = dict(positions)
        self.skipped += skipped
        return skipped

    def forget_scores(self) -> None:
        """Evaluate from here on as if nothing had been scored before."""
        state_tree.fill(self.engine.state.evaluator, self._unscored)

    def _predictions(self, raw: RawBatch, events: Events, answers: Answers) -> Predictions:
        decoded = events.decoded
        rows, truth = decoded.rows, decoded.labels
        told = events.event != LEARN
        if events.place is not None or not told.all():  # a label alone asks for no prediction
            place = (np.arange(len(told)) if events.place is None else events.place)[told]
            rows, truth = rows[place], [truth[row] for row in place.tolist()]
            answers = Answers(answers.said[told], answers.answers[told], [])
        return Predictions(
            raw=raw,
            rows=rows,
            label=self.labels.names(answers.said),
            probability=self.engine.certainty(answers),
            truth=truth,
            **self.engine.beside(answers),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything it remembers: the state's own arrays, not copied."""
        return self.engine.arrays() | self._aside()

    def _aside(self) -> dict[str, np.ndarray]:
        """What is remembered outside the engine."""
        parts = {OF_LABELS: self.join.arrays(), OF_DERIVATIONS: self.deriver.arrays()}
        if self.shifts is not None:
            parts[OF_SHIFTS] = self.shifts.arrays()
        return {
            f"{prefix}{name}": array
            for prefix, arrays in parts.items()
            for name, array in arrays.items()
        }

    def digest(self) -> str:
        """Hash of every bit of the state, but of what Python keeps."""
        return state_tree.digest_of(state_tree.flatten(self.engine.state) | self._aside())

    def header(self, marks: dict[str, Mark], topics: Topics = ()) -> Header:
        """What a checkpoint holds besides the arrays."""
        return Header(
            pipeline=self._config.name,
            components=_settings(self._config),
            features=self.schema.features,
            label=self.schema.label,
            categories=self.schema.categories,
            in_text=self.schema.in_text,
            texts=self.schema.texts,
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
            self.join.fill(state_tree.below(arrays, OF_LABELS))
            self.deriver.fill(state_tree.below(arrays, OF_DERIVATIONS))
            aside = (OF_LABELS, OF_DERIVATIONS, OF_SHIFTS)
            own = {name: array for name, array in arrays.items() if not name.startswith(aside)}
            self.engine.fill(own)
            self._fill_shifts(state_tree.below(arrays, OF_SHIFTS))
        except ValueError as error:
            message = f"the checkpoint does not fit this version of streamlr: {error}"
            raise StorageError(message) from error
        self.labels = _labels(self._config, header.classes)
        self.positions = dict(header.positions)
        self.warm_start = header.warm_start
        self.skipped, self.withheld = header.skipped, header.withheld
        self.decisions.clear()
        self.decisions.extend(decision.entry() for decision in header.decisions)

    def _fill_shifts(self, arrays: dict[str, np.ndarray]) -> None:
        """As a checkpoint says; one that was made without watching for them says nothing."""
        if self.shifts is None:
            return
        if arrays:
            self.shifts.fill(arrays)
            return
        counters = self.engine.state.counters
        self.shifts.begin(int(counters.predicted[0]), int(counters.learned[0]))


def _signals(shows: Schema, deriver: Deriver, classes: bool) -> tuple[list[int], Signals]:  # noqa: FBT001
    """What is watched for shifts: the stream's own fields, by their columns, and what is said."""
    names = shows.features + shows.categories
    derived = {*deriver.numbers, *deriver.categories}
    columns = [place for place, name in enumerate(names) if name not in derived][:MOST_FIELDS]
    numbers = tuple(names[place] for place in columns if place < len(shows.features))
    categories = tuple(names[place] for place in columns[len(numbers) :])
    return columns, Signals(numbers, categories, classes)


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


def _read(schema: Schema, config: Configuration) -> Schema:
    """The schema with what joins labels to features, where they come apart."""
    joined_by: dict[str, str] = getattr(config.labels, "fields", {})
    more = {joined_by["time"]} - {*schema.times} if "time" in joined_by else set()
    return replace(schema, key=joined_by.get("key", ""), times=(*schema.times, *more))


def _settings(config: Configuration) -> dict[str, dict[str, Any]]:
    settings = {table: getattr(config, table).model_dump(mode="json") for table in _STATEFUL}
    settings["derive"] = {"tables": [table.model_dump(mode="json") for table in config.derive]}
    settings["stream"] = {
        key: getattr(config.stream, key) for key in ("task", "label", "max_classes")
    }
    settings["classes"] = config.classes.model_dump(mode="json")
    return settings


def differences(header: Header, config: Configuration) -> list[str]:
    """In which settings a checkpoint was made otherwise; a state fits its own only."""
    config = fitting.to_texts(config, len(header.texts))
    now = _settings(config)
    # older ones knew no other
    before: dict[str, dict[str, Any]] = {"derive": {"tables": []}} | header.components
    before["labels"] = _OLDER | before.get("labels", {})
    before |= {"features": {**_FORMERLY, **before.get("features", {})}}
    found = [
        f"[{table}] {key} was {before.get(table, {}).get(key)!r}, is {value!r}"
        for table, settings in now.items()
        for key, value in settings.items()
        if before.get(table, {}).get(key) != value
    ]
    if header.pipeline != config.name:
        found.insert(0, f"name was {header.pipeline!r}, is {config.name!r}")
    if config.stream.features and config.stream.features != header.features:
        found.append(f"[stream] features were {header.features}, are {config.stream.features}")
    if set(config.stream.texts) - set(header.texts):
        found.append(f"[stream] texts were {header.texts}, are {config.stream.texts}")
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
