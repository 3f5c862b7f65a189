"""What a model is made of: the daemon's tables, whether from a file, a mapping or a checkpoint."""

import copy
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from streamlr import config, misfits, paths, registry, schema
from streamlr.checkpoint.format import Header, schema_of
from streamlr.config import Configuration
from streamlr.errors import ConfigurationError
from streamlr.library import rows
from streamlr.records import Schema

Table = Mapping[str, Any]

_OF_THE_MODEL = (
    "stream",
    "classes",
    "features",
    "model",
    "detector",
    "schedule",
    "frequency",
    "evaluation",
)
_OF_THE_DAEMON = {*config.COMPONENTS, *config.PLAIN} - {*_OF_THE_MODEL}
_DEFAULT_LABEL = "label"


def read(source: str | os.PathLike[str] | Table) -> Table:
    """Tables of a configuration: a file's, with the environment over them, or those given."""
    return source if isinstance(source, Mapping) else config.read_tables(Path(source))


def configuration(tables: Table) -> Configuration:
    """A configuration of a model alone: what concerns the daemon only is passed over.

    Raises
    ------
    ConfigurationError
        With every fault in the tables that are left.
    """
    labels = tables.get("labels", {})
    joined = labels.get("type", "inline") if isinstance(labels, Mapping) else None
    if joined == "ahead":
        message = (
            "[labels] type = 'ahead': a model alone sees no stream, and so not what comes later; "
            "remove the table, and learn each record when its label is known"
        )
        raise ConfigurationError(message)
    own = {name: table for name, table in tables.items() if name not in _OF_THE_DAEMON}
    if labels and joined == "inline":
        own["labels"] = labels  # it says whether records without one are learned
    stream = own.get("stream", {})
    if isinstance(stream, Mapping):
        own["stream"] = {"label": _DEFAULT_LABEL, **stream}
    unseen = {"shift": {"without_labels": False}}  # asking a model leaves no trace in it
    return config.build({**own, **unseen, "source": {"type": "stdin"}})


def fields(
    configuration: Configuration, sample: Iterable[rows.Record] | None
) -> tuple[Schema, dict[str, str]]:
    """The fields that are named, or those found in a sample; and those left out, with the reason.

    Raises
    ------
    ConfigurationError
        No feature is named, and there is no sample.
    DataError
        There is nothing to learn from in the sample.
    """
    stream = configuration.stream
    if stream.features or (stream.texts and sample is None):
        return schema.declared(stream), {}
    if sample is None:
        message = (
            "[stream] features: none are named, and there is no sample to find them in; name them, "
            "or pass sample = the first records, some 100 of them"
        )
        raise ConfigurationError(message)
    records = [{stream.label: None, **paths.opened(rows.plain(record))} for record in sample]
    texts = misfits.takes_texts(configuration)
    return schema.infer(records, stream, derive=configuration.derive, texts=texts)


def stored(header: Header) -> tuple[Configuration, Schema]:
    """Those that a checkpoint was made with."""
    tables = copy.deepcopy(header.components)
    tables["derive"] = tables.pop("derive", {}).get("tables", [])
    tables["stream"] |= {
        "features": header.features,
        "categories": header.categories,
        "texts": header.texts,
    }
    for member in tables["detector"].get("members", ()):
        del member["watch"]  # a vote's members watch what the vote does
    if not getattr(registry.load("models", tables["model"]["type"]), "SCALED", True):
        del tables["features"]  # those of such a model are what they came as
    made_with = configuration({"name": header.pipeline, **tables})
    return made_with, schema_of(header)
