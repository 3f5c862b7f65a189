"""A file: CSV with a header, one JSON object a line, ARFF, or Parquet; text may be gzipped.

The offset of a record is its number in the file, from 0. The file is read piece by piece, so one
of any size needs little memory: text by lines, Parquet by row groups.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError, DataError, UnavailableError, did_you_mean
from streamlr.sources.file.lines import LinesFile
from streamlr.sources.file.parquet import ParquetFile

SUFFIXES = {
    ".arff": "arff",
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".parquet": "parquet",
}
"""Suffix → format; ``.gz`` may follow those of text."""


class Config(ComponentConfig):
    """A CSV, NDJSON, ARFF or Parquet file, read once from start to end."""

    type: Literal["file"] = "file"
    path: Path = Field(description="the file; text may be gzipped", examples=["records.csv.gz"])
    format: Literal["auto", "csv", "ndjson", "arff", "parquet"] = Field(
        "auto", description="auto: by the file's name"
    )
    separator: Annotated[str, Field(pattern="^[ -~\t]$", description="of CSV: one character")] = ","


def build(config: Config, name: str) -> LinesFile | ParquetFile:  # noqa: ARG001 - one signature for every source
    """The file of ``[source]``."""
    return read(config, "[source]")


def read(config: Config, table: str) -> LinesFile | ParquetFile:
    """Choose by format.

    Parameters
    ----------
    config
        The file and its format.
    table
        Of the configuration, for messages.

    Raises
    ------
    UnavailableError
        There is no such file, or it cannot be read.
    ConfigurationError
        Its name does not tell its format.
    DataError
        It is empty.
    """
    key = f"{table} path"
    _require_readable(config.path, key)
    format_ = format_of(config.path, config.format, table)
    if format_ == "parquet":
        return ParquetFile(config.path, key)
    return LinesFile(config.path, key, format_, config.separator)


def _require_readable(path: Path, key: str) -> None:
    """Refuse a file that is not there, cannot be read or is empty."""
    if not path.exists():
        folder = path.parent
        near = (other.name for other in folder.iterdir()) if folder.is_dir() else ()
        raise UnavailableError(f"{key}: there is no file {path}{did_you_mean(path.name, near)}")
    if not path.is_file():
        raise UnavailableError(f"{key}: {path} is not a file")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise UnavailableError(f"{key}: cannot read {path}: {error.strerror}") from error
    if not first:
        raise DataError(f"{key}: {path} is empty")


def format_of(path: Path, format_: str, table: str) -> str:
    """The format that is given, or that the name tells.

    Examples
    --------
    >>> format_of(Path("a.b.csv.gz"), "auto", "[source]")
    'csv'
    """
    if format_ != "auto":
        return format_
    suffixes = [suffix.lower() for suffix in path.suffixes]
    gzipped = suffixes[-1:] == [".gz"]
    suffix = suffixes[-2 if gzipped else -1] if len(suffixes) > gzipped else ""
    found = SUFFIXES.get(suffix)
    if found is None or (gzipped and found == "parquet"):
        raise ConfigurationError(
            f"{table} format: the name {path.name!r} does not tell it: it ends in none of "
            f"{', '.join(SUFFIXES)} (.gz may follow those of text); set format to 'csv', 'ndjson', "
            "'arff' or 'parquet'"
        )
    return found
