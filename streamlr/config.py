"""Configuration: one TOML file, any value of it overridden from the environment.

``[schedule] type = "race"`` names the file ``schedules/race.py``, and that file's ``Config``
class says which other keys the table may hold. ``STREAMLR__SCHEDULE__RATE=0.1`` overrides one
key (nested keys by two underscores; the value in TOML's own syntax, or a bare string). Every
fault is found before anything runs; nothing is corrected silently.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import registry, tasks
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError, UnavailableError

ENVIRONMENT_PREFIX = "STREAMLR__"
REQUIRED = ("source", "stream")


class StreamConfig(ComponentConfig):
    """What the records hold and what is to be learned from them."""

    task: Literal["binary", "multiclass", "regression"] = Field(
        "binary", description="two classes, any number of classes, or a number"
    )
    label: Annotated[str, Field(min_length=1, description="field that holds the label")]
    max_classes: Annotated[int, Field(ge=2, le=10_000)] = Field(
        64, description="most classes of a multiclass stream: they are met as they come"
    )
    features: tuple[str, ...] = Field((), description="numeric fields; empty: inferred")
    categories: tuple[str, ...] = Field(
        (), description="categorical fields, in addition to those inferred"
    )
    ignore: tuple[str, ...] = Field((), description="fields left out when inferring")
    infer_from: Annotated[int, Field(ge=1)] = Field(100, description="records to infer from")
    infer_seconds: Annotated[float, Field(gt=0)] = Field(
        5.0, description="longest wait for them once the first has come, in seconds"
    )

    @field_validator("features", "categories")
    @classmethod
    def _each_once(cls, fields: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        if len(set(fields)) < len(fields):
            raise PydanticCustomError("repeated", "each field may be named once")
        if others.data.get("label") in fields:
            raise PydanticCustomError("label", "the label may not be among them")
        if set(fields) & set(others.data.get("features", ())):
            raise PydanticCustomError("both", "a field is among the features or here, not both")
        return fields


class CheckpointConfig(ComponentConfig):
    """Where state is kept and how often."""

    directory: Path | None = Field(None, description="folder for checkpoints; none: no checkpoints")
    interval_seconds: Annotated[float, Field(gt=0)] = Field(30.0, description="between two of them")
    keep: Annotated[int, Field(ge=1)] = Field(3, description="how many are kept")


class WebConfig(ComponentConfig):
    """HTTP: /metrics, /-/healthy, /-/ready."""

    enabled: bool = True
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(9464, description="0: any free port")


class LogConfig(ComponentConfig):
    """Log lines, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class LoopConfig(ComponentConfig):
    """The poll loop."""

    poll_records: Annotated[int, Field(ge=1, le=100_000)] = Field(500, description="most a poll")
    poll_seconds: Annotated[float, Field(gt=0, le=10)] = Field(0.1, description="wait for records")


COMPONENTS = {
    "decoder": ("decoders", "json"),
    "features": ("features", "scaling"),
    "model": ("models", ""),
    "detector": ("detectors", "adwin"),
    "schedule": ("schedules", "race"),
    "evaluation": ("evaluation", ""),
    "sink": ("sinks", "none"),
    "dead_letters": ("sinks", "none"),
}
"""Table of the configuration → the component's kind, and the default type; none: by the task."""

PLAIN: dict[str, type[ComponentConfig]] = {
    "stream": StreamConfig,
    "checkpoint": CheckpointConfig,
    "web": WebConfig,
    "log": LogConfig,
    "loop": LoopConfig,
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole, valid configuration. Component tables are their own file's ``Config``."""

    name: str
    source: Any
    stream: StreamConfig
    decoder: Any
    features: Any
    model: Any
    detector: Any
    schedule: Any
    evaluation: Any
    sink: Any
    dead_letters: Any
    checkpoint: CheckpointConfig
    web: WebConfig
    log: LogConfig
    loop: LoopConfig


def read(path: Path, environment: Mapping[str, str] | None = None) -> Configuration:
    """Read a file, apply the environment and check everything.

    Raises
    ------
    UnavailableError
        The file cannot be read.
    ConfigurationError
        It is not TOML, or something in it is wrong: all faults at once.
    """
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
    return build(override(tables, os.environ if environment is None else environment))


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
    known = ("name", "source", *COMPONENTS, *PLAIN)
    faults = [
        f"[{table}]: unknown table{_did_you_mean(table, known)}; allowed: {', '.join(known)}"
        for table in tables
        if table not in known
    ]
    parts: dict[str, Any] = {"name": _name(tables, faults)}
    for table, model in PLAIN.items():
        parts[table] = _check(table, model, tables.get(table), faults)
    for table, (kind, default) in {"source": ("sources", ""), **COMPONENTS}.items():
        chosen = default or _by_task(table, parts["stream"])
        parts[table] = _component(table, kind, chosen, tables.get(table), faults)
    _check_tasks(parts, faults)
    if faults:
        raise ConfigurationError(*faults)
    return Configuration(**parts)


def _by_task(table: str, stream: StreamConfig | None) -> str:
    """Default type of what depends on the task."""
    task = tasks.load(stream.task if stream else "binary")
    defaults: dict[str, str] = {"model": task.MODEL, "evaluation": task.EVALUATION}
    return defaults.get(table, "")


def _check_tasks(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether model and evaluation fit the task."""
    for table in ("model", "evaluation"):
        if parts["stream"] is None or parts[table] is None:
            continue
        task, kind = parts["stream"].task, COMPONENTS[table][0]
        if task not in registry.load(kind, parts[table].type).TASKS:
            fitting = [
                name for name in registry.names(kind) if task in registry.load(kind, name).TASKS
            ]
            faults.append(
                f"[{table}] type = {parts[table].type!r} does not fit [stream] task = {task!r}; "
                f"choose one of: {', '.join(fitting)}"
            )


def _name(tables: Mapping[str, Any], faults: list[str]) -> str:
    name = tables.get("name", "streamlr")
    plain = isinstance(name, str) and name.replace("-", "").replace("_", "").isalnum()
    if not plain or not name.isascii():
        faults.append(
            f"name = {name!r}: must be ASCII letters, digits, '-' and '_': it names files and "
            "metrics"
        )
    return str(name)


def _component(
    table: str,
    kind: str,
    default: str,
    values: Any,  # noqa: ANN401 - unchecked
    faults: list[str],
) -> ComponentConfig | None:
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
        hint = _did_you_mean(key, allowed)
        return f"[{table}] {key}: unknown key{hint}; allowed: {', '.join(allowed)}"
    if fault["type"] == "missing":
        return f"[{table}] {key} is missing; set it"
    message = fault["msg"]
    message = message[0].lower() + message[1:]
    return f"[{table}]{' ' if key else ''}{key} = {fault['input']!r}: {message}"


def _did_you_mean(word: str, choices: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, choices, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
