"""The model: what the daemon does to a stream's records, done when asked."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from msgspec import structs

from streamlr.checkpoint import format as file_format
from streamlr.checkpoint import look
from streamlr.config import Configuration
from streamlr.engine import Answers
from streamlr.errors import DataError, StorageError
from streamlr.export import spoken
from streamlr.export import written as exported
from streamlr.library import answers as said_of
from streamlr.library import settings, storage
from streamlr.library.answers import Prediction, Predictions
from streamlr.library.rows import Record, Records, Rows
from streamlr.library.settings import Table
from streamlr.pipeline import Pipeline, differences
from streamlr.records import Decoded, Journal, Schema

Component = str | Table
"""A component's type, or its whole table, as in the configuration file."""


class OnlineModel:
    """A model that learns record by record and keeps choosing its own learning rate.

    It is the daemon's engine: the same records in the same order leave the same bits of state, one
    by one or many at once, here or there.

    Parameters
    ----------
    task
        ``binary``, ``multiclass`` or ``regression``.
    features
        Names of the numeric fields; none: found in ``sample``.
    categories
        Names of the categorical fields, in addition to those found.
    texts
        Names of the fields of which words are read, likewise; these alone need no ``sample``.
    sample
        The first records, some 100 of them, to find the fields in as the daemon does; not learned.
    label
        Name of the label's field, which is passed over where a record has it.
    max_classes
        Most classes of a multiclass stream: they are met as they come.
    schedule, frequency, detector, model, evaluation
        A component's type, or its table: ``{"type": "drift_boost", "boost": 8.0}``; none: the
        daemon's default. ``streamlr list`` tells those there are.
    classes
        Keys of the configuration's table ``[classes]``: ``{"weights": "balanced"}``.
    scaling
        Keys of the configuration's table ``[features]``.
    derive
        Tables of columns to derive: ``[{"type": "cross", "fields": ["shop", "product"]}]``.

    Raises
    ------
    ConfigurationError
        With every fault: table, key, value, what is allowed.
    DataError
        There is nothing to learn from in the sample.

    Notes
    -----
    A record is a mapping of field to value. A field may hold an int, a float or a bool, a
    categorical one a str as well; absent, None and NaN are missing; fields that are not the model's
    are passed over. An infinite or huge number counts as ±1e100.

    A River model is copied to predict from, anew after each call that learns: ask about many
    records at a time.

    One thread at a time may use a model.

    Examples
    --------
    >>> from streamlr import OnlineModel
    >>> model = OnlineModel(task="binary", features=("amount", "hour"))
    >>> for hour in range(24):
    ...     said = model.learn({"amount": 10.0 + hour, "hour": hour}, hour > 11)
    >>> said.label, said.probability > 0.5
    (True, True)
    >>> model.predict({"amount": 11.0, "hour": 1}).label
    False
    >>> model.samples, model.classes
    (24, (False, True))
    """

    def __init__(  # noqa: PLR0913 - each is a table of the configuration, or a key
        self,
        *,
        task: Literal["binary", "multiclass", "regression"] = "binary",
        features: Iterable[str] = (),
        categories: Iterable[str] = (),
        texts: Iterable[str] = (),
        sample: Iterable[Record] | None = None,
        label: str = "label",
        max_classes: int = 64,
        schedule: Component | None = None,
        frequency: Component | None = None,
        detector: Component | None = None,
        model: Component | None = None,
        evaluation: Component | None = None,
        classes: Table | None = None,
        scaling: Table | None = None,
        derive: Iterable[Table] = (),
    ) -> None:
        stream = {
            "task": task,
            "label": label,
            "features": tuple(features),
            "categories": tuple(categories),
            "texts": tuple(texts),
            "max_classes": max_classes,
        }
        tables = {
            "classes": classes,
            "features": scaling,
            "model": model,
            "detector": detector,
            "schedule": schedule,
            "frequency": frequency,
            "evaluation": evaluation,
        }
        given: dict[str, Any] = {
            name: {"type": table} if isinstance(table, str) else table
            for name, table in tables.items()
            if table is not None
        }
        given["derive"] = [dict(table) for table in derive]
        configured = settings.configuration({"stream": stream, **given})
        self._begin(configured, *settings.fields(configured, sample))

    @classmethod
    def from_config(
        cls,
        config: str | os.PathLike[str] | Mapping[str, Any],
        *,
        sample: Iterable[Record] | None = None,
    ) -> Self:
        """Make a model of the daemon's configuration.

        Parameters
        ----------
        config
            A TOML file, over whose values those of the environment go as for the daemon; or its
            tables. Those that concern the daemon alone (source, sink, web, …) are passed over.
        sample
            As of the class; needed where ``[stream] features`` is empty.

        Raises
        ------
        UnavailableError
            The file cannot be read.
        ConfigurationError, DataError
            As of the class.

        Examples
        --------
        >>> from streamlr import OnlineModel
        >>> tables = {"stream": {"label": "fraud"}}
        >>> first = [{"amount": 12.5, "country": "NO", "fraud": False}]
        >>> model = OnlineModel.from_config(tables, sample=first)
        >>> model.features, model.categories
        (('amount',), ('country',))
        """
        configured = settings.configuration(settings.read(config))
        return cls._of(configured, *settings.fields(configured, sample))

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, allow_pickle: bool = False) -> Self:
        """Open a file that :meth:`save` wrote, or a checkpoint of the daemon's.

        Where the daemon stood in its stream is passed over.

        Parameters
        ----------
        path
            The file.
        allow_pickle
            Whether to read River's objects, which are pickles: reading one runs the code in it.

        Raises
        ------
        UnavailableError
            It cannot be read.
        StorageError
            It is damaged, of another version, or holds a pickle that is not allowed.
        """
        state = storage.read(Path(path))
        return cls._of_state(state, str(path), allow_pickle=allow_pickle)

    @classmethod
    def of_checkpoint(cls, path: str | os.PathLike[str]) -> Self:
        """Make a linear model of the newest checkpoint in a folder of the daemon's, or of a file.

        Parameters
        ----------
        path
            The folder, which holds checkpoints of one model; or the file.

        Raises
        ------
        UnavailableError
            There is no checkpoint.
        StorageError
            It cannot be read, or there are several models.
        ConfigurationError
            The model is none that can be exported.
        """
        header, arrays = look.only(Path(path))
        spoken.refuse_others(
            header.components["model"]["type"], header.components["stream"]["task"]
        )
        return cls._of_stored(*storage.without_labels(header, arrays, str(path)))

    @classmethod
    def _of_state(cls, state: bytes, name: str = "the state", *, allow_pickle: bool = True) -> Self:
        return cls._of_stored(*storage.decoded(state, name, allow_pickle=allow_pickle))

    @classmethod
    def _of_stored(cls, header: file_format.Header, arrays: dict[str, np.ndarray]) -> Self:
        model = cls._of(*settings.stored(header))
        model._fill(header, arrays)  # noqa: SLF001 - its own
        return model

    @classmethod
    def _of(
        cls, configuration: Configuration, schema: Schema, left_out: Mapping[str, str] | None = None
    ) -> Self:
        model = cls.__new__(cls)
        model._begin(configuration, schema, left_out or {})  # noqa: SLF001 - its own
        return model

    def _begin(
        self, configuration: Configuration, schema: Schema, left_out: Mapping[str, str]
    ) -> None:
        self._configuration = configuration
        self._schema = schema
        self._pipeline = Pipeline(configuration, schema, "columns", {})
        self._reads = self._pipeline.deriver.reads
        self._rows = Rows(self._reads)
        self.left_out = dict(left_out)

    # --- predict, learn -----------------------------------------------------------------------

    def predict(self, record: Record) -> Prediction:
        """Say what a record's label would be; nothing is remembered of it.

        It is what :meth:`learn` would say of the record next, to the last bit.

        Raises
        ------
        DataError
            A field holds what it cannot: which, and what to give.
        """
        return self._prediction(self._foretell([record]), len(self.classes))

    def predict_many(self, records: Records) -> Predictions:
        """Say what each record's label would be; nothing is remembered of them.

        Parameters
        ----------
        records
            A two-dimensional array of numbers, its columns the features, then the categories; or
            records.

        Raises
        ------
        DataError
            As of :meth:`predict`; or the array has another shape.
        """
        return self._predictions(self._foretell(records), np.empty(0), len(self.classes))

    def _foretell(self, records: Records) -> Answers:
        pipeline, decoded = self._pipeline, self._decoded(records)
        unknown = np.full(len(decoded.rows), np.nan)
        values = pipeline.deriver.values(decoded, unknown, remember=False)
        return pipeline.engine.foretell(values, decoded.tokens)

    def _decoded(self, records: Records, labels: Iterable[Any] | None = None) -> Decoded:
        if not isinstance(records, np.ndarray):
            records = list(records)
        (values, tokens), times = self._rows.read(records), self._rows.times(records)
        count = len(values)
        given = [None] * count if labels is None else self._rows.labels(labels, count)
        return Decoded(np.arange(count), values, given, [], None, times, tokens)

    def learn(self, record: Record, label: Any) -> Prediction:  # noqa: ANN401 - any scalar
        """Predict, score the prediction, learn; return what was predicted before learning.

        Parameters
        ----------
        record
            Field → value.
        label
            The class or the number; None or NaN where there is none: the record is then predicted,
            and counts as seen by the scaling, as the daemon has it.

        Raises
        ------
        DataError
            A field or the label is what it cannot be; nothing was learned. Or a River model failed
            amid the record.
        """
        before = len(self.classes)
        answers, _ = self._learn([record], [label])
        return self._prediction(answers, before)

    def learn_many(self, records: Records, labels: Iterable[Any]) -> Predictions:
        """The same as :meth:`learn` of each, in order, to the last bit, and many times as fast.

        Parameters
        ----------
        records
            As of :meth:`predict_many`.
        labels
            One for each, None or NaN where there is none.

        Raises
        ------
        DataError
            As of :meth:`learn`, for any of them: none was learned.

        Examples
        --------
        >>> import numpy as np
        >>> from streamlr import OnlineModel
        >>> random = np.random.default_rng(1)
        >>> values = random.normal(size=(2000, 3))
        >>> model = OnlineModel(task="binary", features=("a", "b", "c"))
        >>> said = model.learn_many(values, values @ [1.0, -2.0, 0.5] > 0)
        >>> round(model.metrics["windowed"]["accuracy"], 1)
        1.0
        >>> model.predict_many([{"a": 1.0}, {"b": 1.0}]).label
        array([ True, False])
        """
        before = len(self.classes)
        answers, truth = self._learn(records, labels)
        return self._predictions(answers, truth, before)

    def _learn(self, records: Records, labels: Iterable[Any]) -> tuple[Answers, np.ndarray]:
        pipeline = self._pipeline
        known = len(self.classes)
        decoded, truth = pipeline.labels.encode(self._decoded(records, labels))
        if decoded.rejects:
            pipeline.labels.keep(known)
            first = decoded.rejects[0]
            raise DataError(f"record {first.row}: {first.detail}; {self._label_remedy()}")
        pipeline.engine.know(self.classes)
        values = pipeline.deriver.values(decoded, truth, remember=True)
        answers = pipeline.engine.run(values, truth, decoded.tokens)
        pipeline.decisions.extend(answers.journal)
        return answers, truth

    def _label_remedy(self) -> str:
        if self.task == "regression":
            return "give a number, or None where there is none"
        more = "task = 'multiclass'" if self.task == "binary" else "a higher max_classes"
        return f"make the model with {more}, or give None where there is no label"

    def _prediction(self, answers: Answers, known: int) -> Prediction:
        [label] = self._pipeline.labels.names(answers.said)
        if self.task == "regression":
            return Prediction(label, None, {})
        [chances] = answers.answers.tolist()
        if len(chances) == 1:
            chances = [1.0 - chances[0], chances[0]]
        of_each = dict(zip(self.classes[:known], chances, strict=False))
        return Prediction(label, of_each.get(label, 0.0), of_each)

    def _predictions(self, answers: Answers, truth: np.ndarray, before: int) -> Predictions:
        classes = self.classes
        chances = said_of.probabilities(answers.answers, truth, before, len(classes))
        return Predictions(
            label=said_of.as_array(self._pipeline.labels.names(answers.said)),
            probability=np.array(self._pipeline.engine.certainty(answers), np.float64),
            probabilities=chances,
            classes=classes,
        )

    # --- what there is to know ----------------------------------------------------------------

    @property
    def task(self) -> str:
        """``binary``, ``multiclass`` or ``regression``."""
        return self._configuration.stream.task

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the numeric fields: an array's first columns."""
        return self._reads.features

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categorical fields: an array's last columns."""
        return self._reads.categories

    @property
    def derived(self) -> tuple[str, ...]:
        """Names of the columns that are derived from the fields: numbers, then categories."""
        return self._pipeline.deriver.numbers + self._pipeline.deriver.categories

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of the fields of which words are read."""
        return self._schema.texts

    @property
    def classes(self) -> tuple[Any, ...]:
        """Classes met, in the order of their first appearance; none for numbers."""
        return self._pipeline.labels.met

    @property
    def samples(self) -> int:
        """Labelled records learned: the sample index."""
        return int(self._pipeline.engine.state.counters.learned[0])

    @property
    def learning_rate(self) -> float:
        """The one rate that stands for the schedule now."""
        return self._pipeline.engine.learning_rate

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Prequential metrics: ``cumulative``, ``faded`` or ``windowed`` → metric → value."""
        return self._pipeline.engine.metrics()

    @property
    def decisions(self) -> tuple[Journal, ...]:
        """Drift alarms and changes of the learning rate, in order; the latest 10,000.

        A state holds the latest 200 of them.
        """
        return tuple(self._pipeline.decisions)

    @property
    def digest(self) -> str:
        """Hash of every bit of the state, as the daemon's log tells it at its end.

        What River keeps in Python is not in it.
        """
        return self._pipeline.digest()

    def __repr__(self) -> str:
        return (
            f"<OnlineModel task={self.task!r} features={len(self.features)} "
            f"categories={len(self.categories)} samples={self.samples}>"
        )

    # --- state --------------------------------------------------------------------------------

    def state(self) -> bytes:
        """All that it knows, as the bytes of a checkpoint: the same state is the same bytes.

        (River's objects are pickles, of which that cannot be said.) Copying and pickling a model
        go by its state.

        Examples
        --------
        >>> from streamlr import OnlineModel
        >>> model = OnlineModel(task="binary", features=("x",))
        >>> before = model.state()
        >>> _ = model.predict({"x": 1.0})
        >>> model.state() == before
        True
        >>> _ = model.learn({"x": 1.0}, "yes")
        >>> model.restore(before)
        >>> model.samples
        0
        """
        return file_format.encode(self._pipeline.header({}), self._pipeline.arrays())

    def restore(self, state: bytes, *, allow_pickle: bool = False) -> None:
        """Be what :meth:`state` gave.

        Parameters
        ----------
        state
            Of a model with the same settings.
        allow_pickle
            As of :meth:`load`.

        Raises
        ------
        StorageError
            It is damaged, of another version or of other settings, or holds a pickle that is not
            allowed; nothing was changed.
        """
        self._fill(*storage.decoded(state, "the state", allow_pickle=allow_pickle))

    def __reduce__(self) -> tuple[Any, ...]:
        # whoever unpickles trusts it already
        return type(self)._of_state, (self.state(),)  # noqa: SLF001 - its own

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file, whole or not at all, for :meth:`load`.

        Raises
        ------
        StorageError
            It cannot be written.
        """
        storage.write(Path(path), self.state())

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        format: str = "json",  # noqa: A002 - what it is
    ) -> None:
        """Write how it predicts now, for whoever does so without streamlr: docs/export.md.

        Parameters
        ----------
        path
            The file.
        format
            ``json``: weights of every lane; ``onnx``: a graph (``pip install 'streamlr[onnx]'``).

        Raises
        ------
        ConfigurationError
            The model is not one of streamlr's linear ones; there is no such format; or onnx is not
            installed.
        DataError
            Nothing was learned yet.
        StorageError
            The file cannot be written.

        Examples
        --------
        >>> import json, pathlib, tempfile
        >>> from streamlr import OnlineModel
        >>> model = OnlineModel(task="binary", features=("x",))
        >>> for x in range(20):
        ...     said = model.learn({"x": x}, x > 9)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "model.json"
        ...     model.export(path)
        ...     written = json.loads(path.read_text())
        >>> written["classes"], len(written["lanes"])
        ([False, True], 20)
        """
        made = spoken.of(
            self._pipeline.engine,
            self._configuration.model.type,
            self.task,
            self._schema,
            self.classes,
        )
        storage.write(Path(path), exported(made, format))

    def _fill(self, header: file_format.Header, arrays: dict[str, np.ndarray]) -> None:
        header = structs.replace(  # a model stands nowhere in a stream
            header, pipeline=self._configuration.name, positions={}, warm_start=None
        )
        if other := differences(header, self._configuration):
            message = f"the state is that of a model with other settings: {'; '.join(other)}"
            raise StorageError(f"{message}. Use OnlineModel.load, which makes one with them")
        self._pipeline.restore(header, arrays)
