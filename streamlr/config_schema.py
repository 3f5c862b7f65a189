"""The configuration's JSON Schema: what an editor completes and checks while one writes.

Made of the ``Config`` classes of every component that is found, so a new component is in it
without another word. It says what the tables may hold; rules across keys are ``streamlr
check``'s.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from streamlr import config, registry
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAME = {
    "type": "string",
    "pattern": "^[-_]*[A-Za-z0-9][A-Za-z0-9_-]*$",
    "default": config.DEFAULT_NAME,
    "description": "names the pipeline in metrics, log lines and files",
}
Component = tuple[str, str]
"""Kind and type."""


def build(skipped: Callable[[str], None] = lambda _why: None) -> dict[str, Any]:
    """The schema of a whole configuration.

    Parameters
    ----------
    skipped
        Is told of each third party's component that cannot be imported: it is left out.
    """
    models = _models(skipped)
    kinds = {kind for kind, _ in models}
    plain = {f"[{table}]": model for table, model in config.PLAIN.items()}
    wanted = [*models.values(), *plain.values()]
    references, definitions = models_json_schema([(model, "validation") for model in wanted])
    found = definitions["$defs"]
    places = {model: references[model, "validation"] for model in wanted}
    for (_, type_), model in models.items():
        _name_type(_resolve(places[model], found), type_)
    tables: dict[str, Any] = {table: places[model] for table, model in config.PLAIN.items()}
    for table, (kind, default) in config.COMPONENTS.items():
        assert kind in kinds  # noqa: S101 - each kind has components of our own
        tables[table] = _choice(
            {type_: places[model] for (of, type_), model in models.items() if of == kind},
            default or config.default_by_task(table),
        )
    for table, kind in config.LISTS.items():
        of_kind = {type_: places[model] for (of, type_), model in models.items() if of == kind}
        tables[table] = {"type": "array", "items": _choice(of_kind, "")}
    return {
        "$schema": _DIALECT,
        "title": "streamlr",
        "type": "object",
        "properties": {"name": _NAME, **tables},
        "required": list(config.REQUIRED),
        "additionalProperties": False,
        "$defs": found,
    }


def _models(skipped: Callable[[str], None]) -> dict[Component, type[ComponentConfig]]:
    models = {}
    for kind in registry.KINDS:
        for type_ in registry.names(kind):
            try:
                models[kind, type_] = registry.load(kind, type_).Config
            except ConfigurationError as error:
                skipped(str(error))
    return models


def _resolve(reference: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definitions[reference["$ref"].rpartition("/")[2]]
    return found


def _name_type(schema: dict[str, Any], type_: str) -> None:
    """Title a component by its type, and take the type with hyphens too, as the registry does."""
    spellings = dict.fromkeys((type_, type_.replace("_", "-")))
    schema["title"] = type_
    schema["properties"]["type"] = {"enum": list(spellings), "description": "which component"}


def _choice(components: Mapping[str, Mapping[str, Any]], default: str) -> dict[str, Any]:
    """Exactly one of the components; only the default one may leave its type out."""
    return {
        "type": "object",
        "oneOf": [
            reference if type_ == default else {"allOf": [reference], "required": ["type"]}
            for type_, reference in components.items()
        ],
    }
