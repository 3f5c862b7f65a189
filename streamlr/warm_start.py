"""Warm start: a history in a file is learned before the stream, in the file's order, once.

It is predicted, scored and learned like the stream, but nothing of it is emitted, and its scores
are kept apart: they are told when it ends, and the evaluation of the stream begins from nothing.
What was learned stays: weights, scaling, detector, schedule, classes.

Where the history stands is part of every checkpoint, so a daemon that is killed amid it goes on
from there, and one that has left it behind never comes back to it.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import structs

from streamlr import registry
from streamlr.checkpoint.format import WarmStart
from streamlr.config import Configuration
from streamlr.decoders import settings
from streamlr.errors import DataError, StorageError
from streamlr.pipeline import Pipeline
from streamlr.records import Decoded, Journal, RawBatch, Reject

Told = tuple[RawBatch, list[Journal], list[Reject]]
"""A poll of the history, and what there is to tell of it."""


class History:
    """The file of ``[warm_start]``.

    Parameters
    ----------
    config
        Whose ``[warm_start] path`` is set.
    live_decoder
        Type of the stream's decoder: the history's labels are brought to its form.

    Raises
    ------
    UnavailableError, ConfigurationError, DataError
        The file is not there, cannot be read, is empty, or its name does not tell its format.
    """

    def __init__(self, config: Configuration, live_decoder: str) -> None:
        self._config = config
        table = config.warm_start
        self._path = str(table.path)
        self._target = table.target or config.stream.label
        files = registry.load("sources", "file")
        file = files.Config(path=table.path, format=table.format, separator=table.separator)
        self._new_file = functools.partial(files.read, file, "[warm_start]")
        decoder = self._new_file().decoder
        self._decoders = registry.load("decoders", decoder)
        self._settings = settings(config.decoder, decoder)
        self._label = _label_form(decoder, live_decoder)

    def begin(self) -> WarmStart:
        """What a checkpoint says before the first record of the history."""
        return WarmStart(history=self._path, position=0, ended=False)

    def sample(self, count: int) -> list[dict[str, Any]]:
        """The first records, with the label under the stream's name for it: for the schema."""
        records: list[dict[str, Any]] = []
        with self._from(0) as file:
            while len(records) < count and (raw := file.poll(count, 0.0)) is not None:
                records += self._decoders.sample(self._settings, raw.payload)
        names = {self._target: self._config.stream.label}
        return [
            {names.get(name, name): value for name, value in record.items()}
            for record in records[:count]
        ]

    def learn(self, pipeline: Pipeline) -> Iterator[Told]:
        """Learn from where the pipeline stands to the end; yield after every poll.

        Raises
        ------
        StorageError
            The pipeline stands amid another history.
        DataError
            A column is missing, or the file is damaged.
        """
        mark = pipeline.warm_start or self.begin()
        if mark.history != self._path:
            raise _amid_another(mark, f"path is {self._path}")
        schema = replace(pipeline.deriver.reads, label=self._target)
        decoder = self._decoders.build(self._settings, schema)
        with self._from(mark.position) as file:
            while (raw := file.poll(self._config.loop.poll_records, 0.0)) is not None:
                try:
                    decoded = self._in_live_form(decoder.decode(raw.payload))
                except DataError as error:  # of the columns: it is not the stream's that lack one
                    raise DataError(f"[warm_start] path: {self._path}: {error}") from error
                journal, rejects = pipeline.learn(decoded)
                pipeline.warm_start = mark = structs.replace(mark, position=raw.positions[0])
                yield raw, journal, rejects
        pipeline.warm_start = structs.replace(mark, ended=True)

    @contextlib.contextmanager
    def _from(self, position: int) -> Iterator[Any]:
        file = self._new_file()
        file.open({0: position})
        try:
            yield file
        finally:
            file.close()

    def _in_live_form(self, decoded: Decoded) -> Decoded:
        if self._label is None:
            return decoded
        return replace(decoded, labels=[self._label(label) for label in decoded.labels])


def is_amid(mark: WarmStart | None) -> bool:
    """Whether a checkpoint was taken before its history ended."""
    return mark is not None and not mark.ended


def require_left_behind(mark: WarmStart | None) -> None:
    """Refuse to go live without ``[warm_start]`` amid a history.

    Raises
    ------
    StorageError
        The checkpoint stands amid one.
    """
    if mark is not None and not mark.ended:
        raise _amid_another(mark, "has no path")


def _amid_another(mark: WarmStart, now: str) -> StorageError:
    return StorageError(
        f"the checkpoint stands at record {mark.position} of the history {mark.history}, but "
        f"[warm_start] {now}: put it back, or choose another [checkpoint] directory to begin anew"
    )


def _label_form(history: str, live: str) -> Callable[[Any], Any] | None:
    """What makes a label of the history the one that the stream would show.

    CSV has text only: what is a number or a truth value in JSON is one in CSV for a stream of JSON,
    and text in JSON for a stream of CSV.
    """
    if history == live or "csv" not in (history, live):
        return None
    return _scalar if history == "csv" else _text


def _scalar(label: str | None) -> Any:  # noqa: ANN401 - any scalar
    if label is None:
        return None
    try:
        value = msgspec.json.decode(label.strip())
    except msgspec.DecodeError:
        return label
    return value if isinstance(value, bool | int | float) else label


def _text(label: Any) -> str | None:  # noqa: ANN401 - any scalar
    if label is None or isinstance(label, str):
        return label
    return msgspec.json.encode(label).decode()
