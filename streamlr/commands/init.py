"""``streamlr init``: a configuration to start from: every key, its default and meaning.

All of it is made of the ``Config`` classes: what a key means stands with the key. A line that
begins with ``#`` and no space is a setting at its default, or another component to choose: take
the ``#`` away to change it.
"""

import argparse
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from streamlr import config, registry
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError, StorageError

HELP = "write a commented configuration to start from"
_COLUMN = 34  # where the meaning of a key begins
_HEAD = """\
# A configuration for streamlr: `streamlr check` tells what is wrong with it, `run` runs it.
#
# A line that begins with # and no space is a default, or another component to choose: take the #
# away to change it. Any value can be set from the environment too: STREAMLR__WEB__PORT=8080.
# For completion in an editor, `streamlr schema > streamlr.schema.json`, and make the first line
# of this file `#:schema ./streamlr.schema.json`.

name = "{name}"                  # names the pipeline in metrics, log lines and files
"""
_OUT_OF_REACH = 1e6  # bounds beyond are there to keep arithmetic sound, and no news to anybody
_NUMBERS = ("integer", "number")
_BOUNDS = {
    "exclusiveMinimum": "over {}",
    "minimum": "at least {}",
    "exclusiveMaximum": "under {}",
    "maximum": "at most {}",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write, and the three things that ``run`` asks for."""
    parser.add_argument(
        "path", nargs="?", type=Path, default=Path("streamlr.toml"), help="default: streamlr.toml"
    )
    parser.add_argument("--bootstrap", metavar="HOST:PORT", default="localhost:9092")
    parser.add_argument("--topic", help="the topic to learn from", default="events")
    parser.add_argument("--label", metavar="FIELD", help="the label's field", default="label")


def command(parsed: argparse.Namespace) -> int:
    """Write the file.

    Raises
    ------
    StorageError
        It is there already, or cannot be written.
    ConfigurationError
        An option is not a value that the configuration takes.
    """
    given = {"bootstrap": parsed.bootstrap, "topic": parsed.topic, "label": parsed.label}
    source = {"type": "kafka", "bootstrap": parsed.bootstrap, "topic": parsed.topic}
    config.build({"source": source, "stream": {"label": parsed.label}})  # refuses bad options
    try:
        with parsed.path.open("x", encoding="utf-8") as file:
            file.write(text(given))
    except FileExistsError as error:
        message = f"{parsed.path} is there already: nothing was written. Choose another path"
        raise StorageError(message) from error
    except OSError as error:
        raise StorageError(f"cannot write {parsed.path}: {error.strerror}") from error
    print(f"{parsed.path} is written; next: streamlr check {parsed.path}")  # noqa: T201 - a command's own output
    return 0


def text(given: Mapping[str, Any]) -> str:
    """The whole file; ``given`` holds values for required keys of the tables in use."""
    lines = [_HEAD.format(name=config.DEFAULT_NAME)]
    shown: set[str] = set()
    for table in ("source", "stream", *config.COMPONENTS, *config.PLAIN):
        if table in shown:
            continue
        shown.add(table)
        if table in config.PLAIN:
            lines += _plain(table, config.PLAIN[table], given)
        else:
            lines += _component(table, *config.COMPONENTS[table], given)
        lines.append("")
    for table, kind in config.LISTS.items():
        for type_ in registry.names(kind):
            lines += [*_alternative(f"[{table}]", kind, type_, "one or more of: "), ""]
    return "\n".join(lines)


def _plain(table: str, model: type[ComponentConfig], given: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {_first_line(model)}"
    yield f"[{table}]"
    yield from _keys(model, given, "")


def _component(table: str, kind: str, default: str, given: Mapping[str, Any]) -> Iterator[str]:
    """The type in use, then the others of its kind, commented out."""
    by_task = config.default_by_task(table)
    used = default or by_task or "kafka"
    model = registry.load(kind, used).Config
    yield f"# {_first_line(model)}"
    yield f"[{table}]"
    yield f'#type = "{used}"  # as fits the task' if by_task else f'type = "{used}"'
    yield from _keys(model, given, "")
    for type_ in registry.names(kind):
        if type_ != used:
            yield ""
            yield from _alternative(table, kind, type_, "or: ")


def _alternative(table: str, kind: str, type_: str, head: str) -> Iterator[str]:
    try:
        model = registry.load(kind, type_).Config
    except ConfigurationError:  # `streamlr list` tells why
        return
    yield f"# {head}{_first_line(model)}"
    yield f"#[{table}]"
    yield f'#type = "{type_}"'
    yield from _keys(model, {}, "#")


def _first_line(model: type[ComponentConfig]) -> str:
    return inspect.cleandoc(model.__doc__ or "").partition("\n")[0]


def _keys(model: type[ComponentConfig], given: Mapping[str, Any], mark: str) -> Iterator[str]:
    schemas = model.model_json_schema()["properties"]
    for key, field in model.model_fields.items():
        if key == "type":
            continue
        schema = schemas[key]
        meaning = "; ".join(filter(None, (field.description, _allowed(schema))))
        if field.is_required() or (not mark and key in given):
            value = _toml(given.get(key, _example(key, field, schema)))
            yield from _line(f"{mark}{key} = {value}", f"required: {meaning}")
        else:
            default = schema.get("default")
            value = _toml(_example(key, field, schema) if default is None else default)
            yield from _line(f"#{key} = {value}", meaning)


def _line(setting: str, meaning: str) -> Iterator[str]:
    """A setting with its meaning behind it, or above it where there is no room."""
    if len(setting) < _COLUMN:
        yield f"{setting:<{_COLUMN}}# {meaning}".rstrip(" #")
    else:
        yield f"# {meaning}"
        yield setting


def _example(key: str, field: FieldInfo, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any TOML value
    """What stands where there is no default: the field's own example, a number, or its name."""
    if field.examples:
        return field.examples[0]
    first = schema.get("anyOf", [schema])[0]  # the second is none
    return max(1, first.get("minimum", 1)) if first.get("type") in _NUMBERS else key


def _allowed(schema: Mapping[str, Any]) -> str:
    """Choices or range, in words."""
    if "enum" in schema:
        return "one of: " + ", ".join(map(_toml, schema["enum"]))
    bounds = ((words, schema[key]) for key, words in _BOUNDS.items() if key in schema)
    return ", ".join(words.format(bound) for words, bound in bounds if bound < _OUT_OF_REACH)


def _toml(value: Any) -> str:  # noqa: ANN401 - any TOML value
    """A value in TOML: JSON's strings, numbers, booleans and lists are TOML's."""
    if isinstance(value, dict):
        pairs = [f"{key} = {_toml(v)}" for key, v in value.items() if v is not None]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
