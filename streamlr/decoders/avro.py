"""Avro records: bare bodies of one schema, or each with its schema's id, as registries' clients do.

A record's fields are those that its writer knew: one that streamlr reads and the writer did not
know is missing, one that only the writer knew is skipped. So a stream may mix records of a schema's
versions. What may stand in a field is what may stand in one of JSON
(:mod:`streamlr.decoders.json`): numbers and booleans; where it is a category or the label, texts
and enums too. ``streamlr.avro.writer`` says what becomes of the other types.
"""

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import paths
from streamlr.avro import RefusedError, schemas
from streamlr.avro.registry import Registry, RegistryConfig
from streamlr.avro.schemas import Folder, Schemas
from streamlr.avro.writer import as_json
from streamlr.components import ComponentConfig
from streamlr.decoders import Decoder
from streamlr.decoders.json import Fields, original
from streamlr.records import Decoded, Reject, Schema

__all__ = ["original"]


class Config(ComponentConfig):
    """Avro, with schemas from a registry or from files; at least one of the three is set."""

    type: Literal["avro"] = "avro"
    registry: RegistryConfig | None = Field(
        None,
        description="the registry that the schema ids in the records are of",
        examples=[{"url": "https://localhost:8081"}],
    )
    schema_folder: Path | None = Field(
        None,
        description="schemas in files named ID.avsc, looked at before a registry",
        examples=["schemas"],
    )
    schema_file: Path | None = Field(
        None,
        validate_default=True,
        description="the schema of records without an id",
        examples=["order.avsc"],
    )

    @field_validator("schema_file")
    @classmethod
    def _somewhere(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        places = ("registry", "schema_folder")
        if path is None and all(others.data.get(key, "faulty") is None for key in places):
            message = "set it, or schema_folder, or [decoder.registry] url: where the schemas are"
            raise PydanticCustomError("origin", "{message}", {"message": message})
        return path

    @cached_property
    def schemas(self) -> Schemas:
        """What is known of schemas, by all who read by this configuration.

        Raises
        ------
        ConfigurationError
            A file or folder is not there, or not as it should be.
        """
        bare = None if self.schema_file is None else schemas.of_file(self.schema_file)
        find = []
        if self.schema_folder is not None:
            find.append(Folder(self.schema_folder).find)
        if self.registry is not None:
            find.append(Registry(self.registry).find)
        return Schemas(bare, *find)


def misfit(source: str) -> str:
    """Why records of this type of source are not in Avro; empty where they may be."""
    if source in {"file", "stdin"}:
        return "it cuts a text into lines, and Avro's bytes may hold line ends; choose kafka"
    return ""


def prepare(config: Config, payload: Sequence[bytes | None]) -> None:
    """Find the schemas that these records need.

    Raises
    ------
    ConfigurationError
        They cannot be looked for as the configuration says.
    NotNowError
        The registry does not answer.
    UnavailableError
        It does not let us in.
    """
    config.schemas.prepare(payload)


def build(config: Config, schema: Schema) -> Decoder:
    """Prepare to read the schema's fields."""
    return AvroDecoder(config.schemas, schema)


def sample(config: Config, payload: Sequence[bytes | None]) -> list[dict[str, Any]]:
    """Records as mappings; times as texts that look like times. Those not readable are left out."""
    records = []
    for value in payload:
        try:
            writer, record = config.schemas.read(value or b"")
        except RefusedError:
            continue
        opened = paths.opened(writer.as_seen(record))
        records.append({name: as_json(found) for name, found in opened.items()})
    return records


class AvroDecoder:
    """Reads the schema's fields into columns.

    Notes
    -----
    NaN is missing. An infinite number rejects the record: JSON has none.
    """

    def __init__(self, known: Schemas, schema: Schema) -> None:
        self._schemas = known
        self._fields = Fields(schema)
        self._names = schema.fields
        self._nested = tuple(filter(paths.is_path, schema.named))

    def decode(self, payload: Sequence[bytes | None]) -> Decoded:
        """Read each record's fields."""
        records, rows, rejects = [], [], []
        for row, value in enumerate(payload):
            try:
                records.append(self._read(value))
                rows.append(row)
            except RefusedError as error:
                rejects.append(Reject(row, error.reason, error.detail))
        return self._fields.decoded(np.array(rows, np.int64), records, rejects)

    def _read(self, value: bytes | None) -> Any:  # noqa: ANN401 - a Struct made for the schema
        if value is None:
            raise RefusedError("empty", "the record has no value (a tombstone)")
        writer, fields = self._schemas.read(value)
        try:
            fields |= {path: as_json(paths.find(fields, path)) for path in self._nested}
        except ValueError as error:
            raise RefusedError("wrong_type", f"{writer.name}: {error}") from error
        for name in self._names:
            found = fields.get(name)
            if isinstance(found, float) and not math.isfinite(found):
                if math.isinf(found):
                    detail = f"{writer.name}: field {name!r} is {found}, which is no number"
                    raise RefusedError("wrong_type", detail)
                fields[name] = None
        try:
            return msgspec.convert(fields, self._fields.record)
        except msgspec.ValidationError as error:
            raise RefusedError("wrong_type", f"{writer.name}: {error}") from error
