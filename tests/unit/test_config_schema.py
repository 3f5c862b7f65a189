"""The JSON Schema takes what ``streamlr check`` takes, and refuses what it refuses."""

import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from streamlr import config, config_schema, registry
from streamlr.errors import ConfigurationError

ROOT = Path(config.__file__).parents[1]
CHECKER = jsonschema.Draft202012Validator(config_schema.build())
GOOD: dict[str, Any] = {"source": {"type": "simulator"}, "stream": {"label": "y"}}


def written() -> list[Any]:
    """Every configuration that stands anywhere in the repository."""
    texts = [
        pytest.param(path.read_text(), id=path.name)
        for path in sorted(ROOT.glob("deploy/**/*.toml"))
    ]
    for page in sorted(
        [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")]
    ):
        blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        texts += [
            pytest.param(block, id=f"{page.name}-{place}") for place, block in enumerate(blocks)
        ]
    return texts


def takes(tables: dict[str, Any]) -> bool:
    """Whether the schema takes it, which shall be what ``check`` says."""
    try:
        config.build(tables)
    except ConfigurationError:
        right = False
    else:
        right = True
    assert CHECKER.is_valid(tables) == right, list(CHECKER.iter_errors(tables))
    return right


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(config_schema.build())


@pytest.mark.parametrize("text", written())
def test_it_takes_every_configuration_in_the_repository(text: str) -> None:
    """Some are of one table; what every configuration must say is then added."""
    assert takes(GOOD | tomllib.loads(text))


def test_there_are_configurations_in_the_repository() -> None:
    assert {"demo.toml", "streamlr.toml", "README.md-0"} <= {str(case.id) for case in written()}


@pytest.mark.parametrize("table", ["", *config.COMPONENTS, *config.PLAIN])
def test_it_refuses_an_unknown_key(table: str) -> None:
    tables = {**GOOD, table: {**GOOD.get(table, {}), "nonsense": 1}} if table else {**GOOD, "x": {}}
    assert not takes(tables)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("schedule", {}),
        ("schedule", {"rates": 3}),
        ("schedule", {"type": "drift-boost", "rate": 1}),
        ("schedule", {"type": "drift_boost"}),
        ("source", {"type": "kafka", "bootstrap": "x:1", "topic": "t", "options": {"a": True}}),
        ("checkpoint", {"directory": "there"}),
        ("web", {"port": 0}),
        ("stream", {"task": "unsupervised"}),
        ("stream", {"task": "unsupervised", "label": "y"}),
    ],
)
def test_it_takes_what_is_right(table: str, values: dict[str, Any]) -> None:
    assert takes({**GOOD, table: values})


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("schedule", {"type": "nonsense"}),
        ("schedule", {"rate": 0.5}),  # not a key of the default one
        ("schedule", {"type": "constant", "rate": "fast"}),
        ("schedule", {"type": "constant", "rate": 0}),
        ("source", {"samples": 3}),  # no type
        ("source", {"type": "kafka", "topic": "t"}),
        ("stream", {}),
        ("stream", {"label": ""}),
        ("stream", {"task": "regression"}),
        ("web", {"port": 65536}),
        ("web", 1),
        ("name", "a b"),
        ("name", "-"),
    ],
)
def test_it_refuses_what_is_wrong(table: str, values: object) -> None:
    assert not takes({**GOOD, table: values})


@pytest.mark.parametrize("table", config.REQUIRED)
def test_it_wants_what_is_required(table: str) -> None:
    assert not takes({key: values for key, values in GOOD.items() if key != table})


@pytest.mark.parametrize("name", ["a", "a-1_B", "_x", "9"])
def test_it_takes_a_name(name: str) -> None:
    assert takes({**GOOD, "name": name})


def test_it_holds_every_component_with_what_is_said_of_its_keys() -> None:
    schema = config_schema.build()
    titles = {definition["title"] for definition in schema["$defs"].values()}
    for kind in registry.KINDS:
        assert set(registry.names(kind)) <= titles
    race = next(found for found in schema["$defs"].values() if found["title"] == "race")
    assert race["properties"]["rates"]["description"] == "lanes on the grid"
    assert race["description"].startswith("Race a grid")
