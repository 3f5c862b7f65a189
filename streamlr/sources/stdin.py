"""Standard input: NDJSON, or CSV with a header, to the end of input; a poll takes what is there.

The offset of a record is its number in the input, from 0. A pipe cannot be wound back, so resuming
has a rule of its own: feed the same input again from its start, and as many records as the
checkpoint has seen are passed over. Whether they are the same ones cannot be told; fewer are an
error. What a crash had made of records after the checkpoint is made again.
"""

import os
import select
import sys
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.errors import DataError, UnavailableError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Lag, splitting

_CHUNK = 1 << 20  # bytes read at once: also what is kept in memory, but for an unfinished line


class Config(ComponentConfig):
    """Read standard input to its end."""

    type: Literal["stdin"] = "stdin"
    format: Literal["ndjson", "csv"] = Field("ndjson", description="a JSON object a line, or CSV")
    separator: Annotated[str, Field(pattern="^[ -~\t]$", description="of CSV: one character")] = ","


def build(config: Config, name: str) -> "StdinSource":  # noqa: ARG001 - one signature for every source
    """Prepare; nothing is read yet."""
    return StdinSource(config)


class StdinSource:
    """Records of standard input."""

    topics: Topics = ()

    def __init__(self, config: Config) -> None:
        self._splitter = splitting.make(config.format, config.separator, "standard input")
        self.decoder = self._splitter.decoder
        self._tail = b""  # of a line that is not complete
        self._records: list[bytes] = []  # read and not handed out
        self._at = 0
        self._skip = 0
        self._ended = False

    @property
    def finished(self) -> bool:
        """Whether the last record was handed out."""
        return self._ended and not self._records

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - none here
        """Note how many records to pass over.

        Raises
        ------
        UnavailableError
            There is no standard input.
        """
        if sys.stdin is None:
            raise UnavailableError("[source] standard input is closed: there is nothing to read")
        self._descriptor = sys.stdin.fileno()
        self._skip = (positions or {}).get(0, 0)
        return {0: self._skip}

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        """Take what is there; wait for more only where there is nothing."""
        if not self._records and not self._ended:
            self._read(seconds)
        taken, self._records = self._records[:records], self._records[records:]
        if not taken:
            return None
        start, self._at = self._at, self._at + len(taken)
        return RawBatch(
            payload=self._splitter.payload(taken),
            partition=np.zeros(len(taken), np.int64),
            offset=np.arange(start, self._at),
            timestamp=0,
            keys=None,
            positions={0: self._at},
        )

    def _read(self, seconds: float) -> None:
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return
        chunk = os.read(self._descriptor, _CHUNK)
        *lines, self._tail = (self._tail + chunk).split(b"\n")
        whole = [line + b"\n" for line in lines]
        self._ended = not chunk
        if self._ended and self._tail:
            whole.append(self._tail)
        self._pass_over(self._splitter.split(whole, last=self._ended))

    def _pass_over(self, records: list[bytes]) -> None:
        """Keep those that the checkpoint has not seen."""
        seen = min(len(records), max(0, self._skip - self._at))
        self._at += seen
        self._records = records[seen:]
        if self._ended and self._at < self._skip:
            message = (
                f"[source] standard input ended after {self._at} records, but {self._skip} of it "
                "were read before the checkpoint: feed the same input again from its start, or "
                "choose another [checkpoint] directory to begin anew"
            )
            raise DataError(message)

    def commit(self, positions: Positions) -> None:
        """Nobody to tell."""

    def lag(self) -> Lag:
        """Not known before the end."""
        return Lag({0: 0} if self.finished else {})

    def close(self) -> None:
        """Not ours to close."""
