"""Where the schemas that wrote the records come from, and what is known of them so far.

A schema that was found is kept for good: an id never changes its meaning. That there is none is
kept for a minute: whoever wrote the record may register it yet.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from streamlr.avro import RefusedError, wire
from streamlr.avro.writer import Record, Writer
from streamlr.errors import ConfigurationError, NotNowError

ABSENT_SECONDS = 60.0
_REMEMBERED = 10_000  # ids that nobody knows: noise must not fill the memory

Find = Callable[[int], Sequence[Any]]
"""An id → its schema as JSON has it, last; before it those that it refers to.

Raises ``RefusedError`` where there is none, ``NotNowError`` while nobody can tell.
"""


class Schemas:
    """What records were written with.

    Parameters
    ----------
    bare
        Writer of the records that are not in the wire format; None: there should be none.
    find
        Finds the schemas of those that are, the next one being asked for what one does not have;
        with none of them, every record is bare.
    """

    def __init__(
        self, bare: Writer | None, *find: Find, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bare = bare
        self._find = find
        self._clock = clock
        self._writers: dict[int, Writer] = {}
        self._refused: dict[int, tuple[RefusedError, float]] = {}

    def prepare(self, records: Iterable[bytes | None]) -> None:
        """Find those that are not known yet, and those that were not there a while ago.

        Raises
        ------
        NotNowError
            One of them cannot be had now.
        """
        if not self._find:
            return
        for schema_id in wire.ids(records):
            if schema_id in self._writers:
                continue
            _, until = self._refused.get(schema_id, (None, -math.inf))
            if self._clock() >= until:
                self._look_up(schema_id)

    def read(self, record: bytes) -> tuple[Writer, Record]:
        """What wrote a record, and its fields.

        Raises
        ------
        RefusedError
            It cannot be read.
        NotNowError
            It was not prepared, and its schema cannot be had now.
        """
        if self._bare is not None and not (self._find and wire.is_marked(record)):
            return self._bare, self._read_bare(self._bare, record)
        writer = self._writer(wire.schema_id(record))
        return writer, writer.read(record, wire.BODY)

    def _read_bare(self, writer: Writer, record: bytes) -> Record:
        try:
            return writer.read(record, 0)
        except RefusedError as error:
            if wire.is_marked(record):
                hint = "; if it comes with a schema's id, set [decoder.registry] url"
                raise RefusedError(error.reason, error.detail + hint) from error
            raise

    def _writer(self, schema_id: int) -> Writer:
        if schema_id not in self._writers and schema_id not in self._refused:
            self._look_up(schema_id)
        if schema_id in self._refused:
            raise self._refused[schema_id][0]
        return self._writers[schema_id]

    def _look_up(self, schema_id: int) -> None:
        found = self._ask(schema_id)
        self._refused.pop(schema_id, None)
        if isinstance(found, Writer):
            self._writers[schema_id] = found
            return
        if len(self._refused) >= _REMEMBERED:
            del self._refused[next(iter(self._refused))]  # the one refused longest ago
        self._refused[schema_id] = found, self._clock() + ABSENT_SECONDS

    def _ask(self, schema_id: int) -> Writer | RefusedError:
        """A writer, or what the last of those who were asked says."""
        refusal = RefusedError("unknown_schema", "")
        for find in self._find:
            try:
                return Writer(f"schema id {schema_id}", find(schema_id))
            except RefusedError as error:
                refusal = error
                if error.reason != "unknown_schema":
                    break
        return refusal


def of_file(path: Path) -> Writer:
    """The writer whose schema is in a file.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or holds no schema.
    """
    key = f"[decoder] schema_file = '{path}'"
    try:
        return Writer(path.name, [msgspec.json.decode(path.read_bytes())])
    except OSError as error:
        raise ConfigurationError(f"{key}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{key}: it is not JSON: {error}") from error
    except RefusedError as error:
        raise ConfigurationError(f"{key}: {error.detail}") from error


class Folder:
    """Schemas in files that are named by their ids: ``17.avsc``.

    Raises
    ------
    ConfigurationError
        There is no such folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_dir():
            raise ConfigurationError(f"[decoder] schema_folder = '{path}': there is no such folder")

    def find(self, schema_id: int) -> Sequence[Any]:
        """The schema of one file."""
        path = self._path / f"{schema_id}.avsc"
        try:
            return [msgspec.json.decode(path.read_bytes())]
        except FileNotFoundError as error:
            if not self._path.is_dir():  # a share that went away takes no record with it
                raise self._away(error) from error
            detail = f"schema id {schema_id}: there is no file {path}"
            raise RefusedError("unknown_schema", detail) from error
        except OSError as error:
            raise self._away(error) from error
        except ValueError as error:
            detail = f"schema id {schema_id}: {path} is not JSON: {error}"
            raise RefusedError("unusable_schema", detail) from error

    def _away(self, error: OSError) -> NotNowError:
        where = f"[decoder] schema_folder = '{self._path}'"
        return NotNowError(f"{where}: cannot read {error.filename}: {error.strerror}")
