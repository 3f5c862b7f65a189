"""What a stream's records hold, for whoever looks at them before the pipelines do.

The pipelines' decoder knows the fields it is to read. Here a record is a mapping of whatever it
holds: for fixing a schema, and for seeing fields come and go.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

from streamlr import decoders, misfits, registry, schema
from streamlr.config import Configuration
from streamlr.errors import DataError
from streamlr.field_watch import FieldWatch
from streamlr.records import PARTITIONS, RawBatch, Schema

Records = Sequence[Mapping[str, Any]]


class Reading:
    """Reads records for people.

    Parameters
    ----------
    config
        Everything configured.
    own
        Type of the decoder that the source asks for.

    Attributes
    ----------
    decoder
        Type of the decoder in use.
    """

    def __init__(self, config: Configuration, own: str) -> None:
        self._stream, self._labels = config.stream, config.labels
        self._derive = config.derive
        self._takes_texts = misfits.takes_texts(config)
        self.decoder: str = config.decoder.type if own == "json" else own
        self._settings = decoders.settings(config.decoder, self.decoder)
        self._module = registry.load("decoders", self.decoder)

    @functools.cached_property
    def find(self) -> Callable[[Any], None] | None:
        """Finds what the decoder needs to read records; None where it needs nothing else."""
        prepare = getattr(self._module, "prepare", None)
        return None if prepare is None else functools.partial(prepare, self._settings)

    def with_features(self, raw: RawBatch) -> Records:
        """Those of a poll's records that bring features."""
        payload = raw.payload
        if getattr(self._labels, "topic", ""):  # the other topic's bring labels alone
            payload = list(compress(payload, (raw.partition < PARTITIONS).tolist()))
        return self._sample(payload)

    def _sample(self, payload: Any) -> Records:  # noqa: ANN401 - each decoder's own kind of payload
        records = self._module.sample(self._settings, payload)
        return schema.of_features(records, self._stream.label, self._labels)

    def infer(
        self, records: Records, looked_at: int, *, of_history: bool = False
    ) -> tuple[Schema, dict[str, str]]:
        """Fix the schema, as :func:`streamlr.schema.infer` does.

        Parameters
        ----------
        records
            The first ones that can be read and bring features.
        looked_at
            How many records they were found among.
        of_history
            Whether each record brings its own label even where labels come apart.

        Raises
        ------
        DataError
            As it does; and records came, none of which can be read.
        """
        if looked_at and not records and not schema.is_apart(self._labels):
            message = (
                f"none of the first {looked_at} records can be read as [decoder] type = "
                f"{self.decoder!r} says, so there are no fields to find in them; mend the "
                "decoder's table, or set [stream] features: such records then go to the dead "
                "letters, each with its reason"
            )
            raise DataError(message)
        return schema.infer(
            records,
            self._stream,
            self._labels,
            of_history=of_history,
            derive=self._derive,
            texts=self._takes_texts,
        )

    def watch(self, fixed: Schema, clock: Callable[[], float]) -> FieldWatch:
        """Look out for fields that come and go."""
        expected = (*self._stream.ignore, *getattr(self._labels, "fields", {}).values())
        return FieldWatch(fixed, expected, self._sample, clock)
