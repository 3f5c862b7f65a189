"""Configuration: one TOML file, any value of it overridden from the environment.

``[schedule] type = "race"`` names the file ``schedules/race.py``, and that file's ``Config``
class says which other keys the table may hold. ``STREAMLR__SCHEDULE__RATE=0.1`` overrides one
key (nested keys by two underscores; the value in TOML's own syntax, or a bare string). Every
fault is found before anything runs; nothing is corrected silently.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import misfits, registry, tasks
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError, UnavailableError, did_you_mean
from streamlr.labels import apart

ENVIRONMENT_PREFIX = "STREAMLR__"
DEFAULT_NAME = "streamlr"
REQUIRED = ("source", "stream")


class StreamConfig(ComponentConfig):
    """What the records hold and what is to be learned from them."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"task": {"const": "unsupervised"}}, "required": ["task"]},
            "else": {"properties": {"label": {"minLength": 1}}, "required": ["label"]},
        }
    )

    task: Literal["binary", "multiclass", "regression", "unsupervised"] = Field(
        "binary", description="two classes, any number of classes, a number, or nothing to predict"
    )
    label: str = Field(
        "",
        validate_default=True,
        description="field that holds the label; an unsupervised stream needs none",
    )
    max_classes: Annotated[int, Field(ge=2, le=10_000)] = Field(
        64, description="most classes of a multiclass stream: they are met as they come"
    )
    features: tuple[str, ...] = Field((), description="numeric fields; empty: inferred")
    categories: tuple[str, ...] = Field(
        (), description="categorical fields, in addition to those inferred"
    )
    texts: tuple[str, ...] = Field(
        (), description="fields of which words are read, in addition to those inferred"
    )
    ignore: tuple[str, ...] = Field((), description="fields left out when inferring")
    infer_from: Annotated[int, Field(ge=1)] = Field(100, description="records to infer from")
    infer_seconds: Annotated[float, Field(gt=0)] = Field(
        5.0, description="longest wait for them once the first has come, in seconds"
    )

    @field_validator("label")
    @classmethod
    def _named(cls, label: str, others: ValidationInfo) -> str:
        if not label and others.data.get("task") != "unsupervised":
            raise PydanticCustomError("missing", "field that holds the label")
        return label

    @field_validator("features", "categories", "texts")
    @classmethod
    def _each_once(cls, fields: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        if len(set(fields)) < len(fields):
            raise PydanticCustomError("repeated", "each field may be named once")
        if others.data.get("label") in fields:
            raise PydanticCustomError("label", "the label may not be among them")
        for other in ("features", "categories"):
            if set(fields) & set(others.data.get(other, ())):
                message = f"a field is among the {other} or here, not both"
                raise PydanticCustomError("both", "{message}", {"message": message})
        return fields


class WarmStartConfig(ComponentConfig):
    """A history in a file, learned before the stream's first record."""

    path: Path | None = Field(
        None,
        description="the file, as of [source] type = 'file'; none: no history",
        examples=["history.parquet"],
    )
    format: Annotated[
        Literal["auto", "csv", "ndjson", "arff", "parquet"],
        Field(description="auto: by the file's name"),
    ] = "auto"
    separator: Annotated[str, Field(pattern="^[ -~\t]$", description="of CSV: one character")] = ","
    target: str = Field("", description="the label's field there; empty: [stream] label")


class StateConfig(ComponentConfig):
    """What has a model of its own."""

    unit: Literal["pipeline", "partition"] = Field(
        "pipeline",
        description="one model over all partitions, or one for each, which a group's members share",
    )


class ClassesConfig(ComponentConfig):
    """What classes are worth, and where two are told apart."""

    weights: (
        Literal["balanced"]
        | Annotated[dict[str, Annotated[float, Field(gt=0, le=1e6)]], Field(min_length=1)]
        | None
    ) = Field(
        None,
        description="how much a sample of each class counts, 1 where none is given; 'balanced': "
        "such that all classes count alike",
        examples=[{"fraud": 20.0}],
    )
    positive: str | bool | int | None = Field(
        None, description="the class that threshold is about", examples=["fraud"]
    )
    threshold: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="least probability of the positive class at which it is said; none: whichever "
        "the model thinks right most often",
        examples=[0.2],
    )


class ShiftConfig(ComponentConfig):
    """Drift that is seen without labels."""

    without_labels: bool = Field(
        default=True,
        description="where labels come no more, or there are none: tell when fields or what is "
        "said of them shift",
    )


class CheckpointConfig(ComponentConfig):
    """Where state is kept and how often."""

    directory: Path | None = Field(
        None,
        description="folder for checkpoints; none: no checkpoints",
        examples=["/var/lib/streamlr"],
    )
    interval_seconds: Annotated[float, Field(gt=0)] = Field(30.0, description="between two of them")
    keep: Annotated[int, Field(ge=1)] = Field(3, description="how many are kept")
    allow_pickle: bool = Field(
        default=False,
        description="keep River's and scikit-learn's objects as pickles: whoever can write the "
        "folder then runs code",
    )


class WebConfig(ComponentConfig):
    """HTTP: /metrics, /-/healthy, /-/ready, /decisions, /lanes."""

    enabled: Annotated[bool, Field(description="whether to listen at all")] = True
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(9464, description="0: any free port")


class LogConfig(ComponentConfig):
    """Log lines, on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="least told")
    ] = "info"
    format: Annotated[
        Literal["console", "json"], Field(description="'json': for a collector of logs")
    ] = "console"


class LoopConfig(ComponentConfig):
    """The poll loop."""

    poll_records: Annotated[int, Field(ge=1, le=100_000)] = Field(2000, description="most a poll")
    poll_seconds: Annotated[float, Field(gt=0, le=10)] = Field(0.1, description="wait for records")
    second_core: bool = Field(
        default=False,
        description="learn on a core of its own: less waiting, more work; measure it where you run",
    )


class CatchUpConfig(ComponentConfig):
    """What to do when the stream is far ahead."""

    policy: Annotated[
        Literal["learn", "learn_only", "skip"],
        Field(
            description="'learn_only': no predictions until caught up; 'skip': go on near the end"
        ),
    ] = "learn"
    when_lag_above: Annotated[int, Field(ge=1)] = Field(
        100_000, description="records, of all partitions: from there on it is behind"
    )
    until_lag_below: Annotated[int, Field(ge=0)] = Field(
        1_000, description="records: there it has caught up, or goes on when it skips"
    )

    @field_validator("until_lag_below")
    @classmethod
    def _below(cls, until: int, others: ValidationInfo) -> int:
        if until >= others.data.get("when_lag_above", until + 1):
            raise PydanticCustomError("order", "must be less than when_lag_above")
        return until


COMPONENTS = {
    "source": ("sources", ""),
    "decoder": ("decoders", "json"),
    "labels": ("labels", "inline"),
    "features": ("features", "scaling"),
    "model": ("models", ""),
    "detector": ("detectors", "adwin"),
    "schedule": ("schedules", "race"),
    "frequency": ("frequencies", "every_sample"),
    "evaluation": ("evaluation", ""),
    "sink": ("sinks", "none"),
    "dead_letters": ("sinks", "none"),
}
"""Table of the configuration → the component's kind, and the default type; none: by the task."""

LISTS = {"derive": "derivations"}
"""Array of tables, of any number → the components' kind."""

PLAIN: dict[str, type[ComponentConfig]] = {
    "stream": StreamConfig,
    "classes": ClassesConfig,
    "warm_start": WarmStartConfig,
    "state": StateConfig,
    "shift": ShiftConfig,
    "checkpoint": CheckpointConfig,
    "web": WebConfig,
    "log": LogConfig,
    "loop": LoopConfig,
    "catch_up": CatchUpConfig,
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole, valid configuration. Component tables are their own file's ``Config``."""

    name: str
    source: Any
    stream: StreamConfig
    classes: ClassesConfig
    warm_start: WarmStartConfig
    decoder: Any
    labels: Any
    derive: tuple[Any, ...]
    features: Any
    model: Any
    detector: Any
    schedule: Any
    frequency: Any
    evaluation: Any
    sink: Any
    dead_letters: Any
    state: StateConfig
    shift: ShiftConfig
    checkpoint: CheckpointConfig
    web: WebConfig
    log: LogConfig
    loop: LoopConfig
    catch_up: CatchUpConfig


def read(path: Path, environment: Mapping[str, str] | None = None) -> Configuration:
    """Read a file, apply the environment and check everything.

    Raises
    ------
    UnavailableError
        The file cannot be read.
    ConfigurationError
        It is not TOML, or something in it is wrong: all faults at once.
    """
    return build(read_tables(path, environment))


def read_tables(path: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read a file and apply the environment, by default the process's own; check no table."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        message = f"cannot read the configuration {path}: {error.strerror}"
        raise UnavailableError(message) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text: {error.reason}") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    return override(tables, os.environ if environment is None else environment)


def override(tables: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Put values of ``STREAMLR__TABLE__KEY`` variables over those of the file.

    Examples
    --------
    >>> override({"web": {"port": 1}}, {"STREAMLR__WEB__PORT": "2", "HOME": "/root"})
    {'web': {'port': 2}}
    """
    merged: dict[str, Any] = msgspec.to_builtins(tables)
    for variable in sorted(environment):
        if variable.startswith(ENVIRONMENT_PREFIX):
            *parents, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
            table = merged
            for parent in parents:
                table = table.setdefault(parent, {})
                if not isinstance(table, dict):
                    fault = f"environment variable {variable}: {parent!r} is a value, not a table"
                    raise ConfigurationError(fault)
            table[key] = toml_value(environment[variable])
    return merged


def toml_value(text: str) -> Any:  # noqa: ANN401 - any TOML value
    """A value in TOML's syntax, or the bare text where it is not.

    Examples
    --------
    >>> toml_value("0.5"), toml_value("earliest")
    (0.5, 'earliest')
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def build(tables: Mapping[str, Any]) -> Configuration:
    """Check tables and turn them into a configuration.

    Raises
    ------
    ConfigurationError
        With every fault: table, key, value, what is allowed.
    """
    known = ("name", *COMPONENTS, *LISTS, *PLAIN)
    faults = [
        f"[{table}]: unknown table{did_you_mean(table, known)}; allowed: {', '.join(known)}"
        for table in tables
        if table not in known
    ]
    parts: dict[str, Any] = {"name": _name(tables, faults)}
    for table, model in PLAIN.items():
        parts[table] = _check(table, model, tables.get(table), faults)
    for table, (kind, default) in COMPONENTS.items():
        chosen = _default(table, default, parts)
        parts[table] = component(table, kind, chosen, tables.get(table), faults)
    for table, kind in LISTS.items():
        parts[table] = _several(table, kind, tables.get(table, []), faults)
    faults += misfits.of_components(tables, parts)
    if not faults:
        faults = apart.faults(parts)
    if not faults:
        if topic := getattr(parts["labels"], "topic", ""):
            parts["source"] = parts["source"].with_labels(topic)
        faults = misfits.of_the_stream(parts)
    if faults:
        raise ConfigurationError(*faults)
    return Configuration(**parts)


def _default(table: str, default: str, parts: Mapping[str, Any]) -> str:
    """Type of a component where none is named: it may depend on the task and the model."""
    if table == "schedule" and misfits.in_python(parts["model"]):
        return "constant"
    if default:
        return default
    return default_by_task(table, parts["stream"].task if parts["stream"] else "")


def default_by_task(table: str, name: str = "") -> str:
    """Default type of a table that depends on the task, by default on the default one; or none."""
    task = tasks.load(name or StreamConfig.model_fields["task"].default)
    defaults: dict[str, str] = {"model": task.MODEL, "evaluation": task.EVALUATION}
    return defaults.get(table, "")


def _name(tables: Mapping[str, Any], faults: list[str]) -> str:
    name = tables.get("name", DEFAULT_NAME)
    plain = isinstance(name, str) and name.replace("-", "").replace("_", "").isalnum()
    if not plain or not name.isascii():
        faults.append(
            f"name = {name!r}: must be ASCII letters, digits, '-' and '_': it names files and "
            "metrics"
        )
    return str(name)


def component(
    table: str,
    kind: str,
    default: str,
    values: Any,  # noqa: ANN401 - unchecked
    faults: list[str],
) -> ComponentConfig | None:
    """Validate a component's table by its own file; its faults are added to ``faults`` in words."""
    if values is None and default:
        values = {"type": default}
    if not isinstance(values, dict) or not isinstance(values.get("type", default), str):
        shown = "is missing" if values is None else f"= {values!r}: must be a table"
        choices = ", ".join(registry.names(kind))
        faults.append(f"[{table}] {shown}; give it a type, one of: {choices}")
        return None
    type_ = values.get("type", default)
    if not type_:
        faults.append(
            f"[{table}] type is missing; choose one of: {', '.join(registry.names(kind))}"
        )
        return None
    try:
        module = registry.load(kind, type_)
    except ConfigurationError as error:
        faults.append(f"[{table}] type = {type_!r}: {error.faults[0]}")
        return None
    checked = {**values, "type": type_.replace("-", "_")}
    return _check(table, module.Config, checked, faults)


def _several(
    table: str,
    kind: str,
    values: Any,  # noqa: ANN401 - unchecked
    faults: list[str],
) -> tuple[ComponentConfig | None, ...]:
    """Validate an array of components' tables; None stands for one that has faults."""
    if not isinstance(values, list):
        faults.append(f"[[{table}]] = {values!r}: must be an array of tables, each [[{table}]]")
        return ()
    found = []
    for place, one in enumerate(values, 1):
        of_one: list[str] = []
        found.append(component(table, kind, "", one, of_one))
        numbered = f"[[{table}]] number {place}:"
        faults.extend(fault.replace(f"[{table}]", numbered, 1) for fault in of_one)
    return tuple(found)


def _check(
    table: str,
    model: type[ComponentConfig],
    values: Any,  # noqa: ANN401 - unchecked
    faults: list[str],
) -> ComponentConfig | None:
    """Validate one table; its faults are added to ``faults`` in words."""
    if values is None and table in REQUIRED:
        faults.append(f"[{table}] is missing; it says: {(model.__doc__ or '').splitlines()[0]}")
        return None
    try:
        # through JSON, so that lists become tuples and strings paths while types stay strict
        return model.model_validate_json(json.dumps({} if values is None else values, default=str))
    except ValidationError as error:
        allowed = tuple(model.model_fields)
        faults.extend(_in_words(table, dict(fault), allowed) for fault in error.errors())
        return None


def _in_words(table: str, fault: dict[str, Any], allowed: tuple[str, ...]) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        hint = did_you_mean(key, allowed)
        return f"[{table}] {key}: unknown key{hint}; allowed: {', '.join(allowed)}"
    if fault["type"] == "missing":
        return f"[{table}] {key} is missing; set it"
    message = fault["msg"]
    message = message[0].lower() + message[1:]
    return f"[{table}]{' ' if key else ''}{key} = {fault['input']!r}: {message}"
