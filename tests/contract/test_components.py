"""What every component of every kind holds, those not yet written included."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import get_args

import pytest
from pydantic import ValidationError

from streamlr import config, registry
from streamlr.components import ComponentConfig, Shape
from streamlr.telemetry.events import REJECT_REASONS

COMPONENTS = [(kind, name) for kind in registry.KINDS for name in registry.names(kind)]
OBVIOUS = {"type", "seed"}
"""Keys whose name says it all."""

SMALL = Shape(features=2, classes=2, lanes=3)
NATIVE: dict[str, dict[str, int]] = {
    "features": {"transform": 3, "update": 2},
    "models": {"predict": 2, "learn": 4},
    "evaluation": {"update": 4, "metrics": 1},
    "detectors": {"update": 2, "is_due": 1},
    "schedules": {"lanes": 1, "read_out": 3, "update": 6, "move": 5, "rate": 1},
}
"""Kind → the functions that its package's docstring lists → how many arguments each takes."""

BUILT = {"sources": 2, "sinks": 2, "decoders": 2}
"""Kind → arguments of ``build``."""


def _needs_settings(kind: str, name: str) -> bool:
    fields = registry.load(kind, name).Config.model_fields
    return any(field.is_required() for field in fields.values())


every_component = pytest.mark.parametrize(("kind", "name"), COMPONENTS)
every_one_with_defaults = pytest.mark.parametrize(
    ("kind", "name"), [case for case in COMPONENTS if not _needs_settings(*case)]
)
every_native_one = pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, name in COMPONENTS if kind in NATIVE]
)
every_native_one_with_defaults = pytest.mark.parametrize(
    ("kind", "name"),
    [case for case in COMPONENTS if case[0] in NATIVE and not _needs_settings(*case)],
)


def config_of(module: ModuleType) -> type[ComponentConfig]:
    found: type[ComponentConfig] = module.Config
    return found


def arguments(function: Callable[..., object]) -> int:
    return len(inspect.signature(getattr(function, "py_func", function)).parameters)


def test_every_kind_has_its_contract() -> None:
    assert {*NATIVE, *BUILT} == set(registry.KINDS)
    assert {kind for kind, _ in COMPONENTS} == set(registry.KINDS)


@every_component
def test_it_says_what_it_is(kind: str, name: str) -> None:
    module = registry.load(kind, name)
    for text in (module.__doc__, config_of(module).__doc__):
        first = (text or "").strip().split("\n", 1)[0]
        assert first.endswith((".", ":"))
        assert len(first) > 10


@every_component
def test_its_configuration_is_of_its_type(kind: str, name: str) -> None:
    model = config_of(registry.load(kind, name))
    assert issubclass(model, ComponentConfig)
    type_ = model.model_fields["type"]
    assert (type_.default, get_args(type_.annotation)) == (name, (name,))
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"]
    assert model.model_config["strict"]


@every_component
def test_every_key_says_what_it_is(kind: str, name: str) -> None:
    fields = config_of(registry.load(kind, name)).model_fields
    silent = {key for key, field in fields.items() if not field.description}
    assert silent <= OBVIOUS


@every_one_with_defaults
def test_its_defaults_are_within_its_own_ranges(kind: str, name: str) -> None:
    """Defaults are not checked when they are used: so here they are."""
    model = config_of(registry.load(kind, name))
    assert model.model_validate(model().model_dump()) == model()


@every_component
def test_it_refuses_what_it_does_not_know(kind: str, name: str) -> None:
    model = config_of(registry.load(kind, name))
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"no_such_key": 1})
    assert "no_such_key" in {str(error["loc"][0]) for error in caught.value.errors()}


@every_one_with_defaults
def test_the_configuration_takes_it_by_its_name(kind: str, name: str) -> None:
    tables = [table for table, (of, _) in config.COMPONENTS.items() if of == kind] or ["source"]
    module = registry.load(kind, name)
    for table in tables:
        given = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
        built = config.build({**given, table: {"type": name.replace("_", "-")}})
        assert isinstance(getattr(built, table), config_of(module))


@every_component
def test_it_offers_what_its_kind_is_called_for(kind: str, name: str) -> None:
    module = registry.load(kind, name)
    if kind in BUILT:
        assert arguments(module.build) == BUILT[kind]
    if kind == "decoders":
        assert (arguments(module.sample), arguments(module.original)) == (1, 2)
    offers = module
    if hasattr(module, "Learner"):  # its methods take no self here: counted as functions are
        offers = module.Learner.__new__(module.Learner)
    for function, count in NATIVE.get(kind, {}).items():
        assert arguments(getattr(offers, function)) == count
        assert getattr(offers, function).__doc__


@every_native_one_with_defaults
def test_its_state_is_made_of_its_configuration_and_the_sizes(kind: str, name: str) -> None:
    module = registry.load(kind, name)
    shape = SMALL
    if kind == "schedules":
        shape = SMALL._replace(lanes=module.lanes(module.Config()))
        assert 1 <= shape.lanes <= 256
    state = module.init(module.Config(), shape)
    assert type(state) is module.State
    assert module.State.__doc__


@pytest.mark.parametrize("name", registry.names("schedules"))
def test_a_schedule_names_its_reasons(name: str) -> None:
    reasons = registry.load("schedules", name).REASONS
    assert reasons[0] == "unchanged"
    assert len(set(reasons)) == len(reasons) <= 8  # the state counts them by their places
    assert all(reason == reason.lower() for reason in reasons)


@pytest.mark.parametrize("name", registry.names("models"))
def test_a_model_names_its_tasks(name: str) -> None:
    assert "binary" in registry.load("models", name).TASKS


def test_reasons_to_reject_are_words() -> None:
    assert all(reason.replace("_", "").isalpha() for reason in REJECT_REASONS)
