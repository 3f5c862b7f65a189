"""What every component of every kind holds, those not yet written included."""

import inspect
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import get_args

import pytest
from pydantic import ValidationError

from streamlr import config, registry, schedules, tasks
from streamlr.components import ComponentConfig, Shape
from streamlr.telemetry.events import REJECT_REASONS

COMPONENTS = [(kind, name) for kind in registry.KINDS for name in registry.names(kind)]
OBVIOUS = {"type", "seed"}
"""Keys whose name says it all."""

NATIVE: dict[str, dict[str, int]] = {
    "features": {"transform": 3, "look": 3, "update": 2, "used": 1, "buckets": 2},
    "models": {"predict": 3, "learn": 5},
    "evaluation": {"update": 6, "metrics": 1},
    "detectors": {"update": 2, "is_due": 1},
    "frequencies": {"due": 3, "keep": 3, "recall": 3},
    "schedules": {"lanes": 1, "read_out": 3, "update": 7, "move": 5, "rate": 1},
}
"""Kind → the functions that its package's docstring lists → how many arguments each takes."""

BUILT = {"sources": 2, "sinks": 2, "decoders": 2, "labels": 2, "derivations": 2}
"""Kind → arguments of ``build``."""


def _needs_settings(kind: str, name: str) -> bool:
    try:
        registry.load(kind, name).Config()
    except ValidationError:
        return True
    return False


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


def tasks_of(module: ModuleType) -> tuple[str, ...]:
    """Tasks that a component fits: all, where it names none."""
    found: tuple[str, ...] = getattr(module, "TASKS", tasks.NAMES)
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
    tables = [table for table, (of, _) in config.COMPONENTS.items() if of == kind]
    module = registry.load(kind, name)
    for table in tables:
        task = next(iter(tasks_of(module)))
        given = {"source": {"type": "simulator"}, "stream": {"label": "y", "task": task}}
        built = config.build({**given, table: {"type": name.replace("_", "-")}})
        assert isinstance(getattr(built, table), config_of(module))


@every_component
def test_it_offers_what_its_kind_is_called_for(kind: str, name: str) -> None:
    module = registry.load(kind, name)
    if kind in BUILT:
        assert arguments(module.build) == BUILT[kind]
    if kind == "decoders":
        assert (arguments(module.sample), arguments(module.original)) == (2, 2)
    offers = module
    if hasattr(module, "Learner"):  # its methods take no self here: counted as functions are
        offers = module.Learner.__new__(module.Learner)
    for function, count in NATIVE.get(kind, {}).items():
        assert arguments(getattr(offers, function)) == count
        assert getattr(offers, function).__doc__


@every_native_one_with_defaults
@pytest.mark.parametrize("task", tasks.NAMES)
def test_its_state_is_made_of_its_configuration_and_the_sizes(
    kind: str, name: str, task: str
) -> None:
    module = registry.load(kind, name)
    if task not in tasks_of(module):
        return
    classes = tasks.load(task).classes(3)
    outputs = tasks.load(task).outputs(classes)
    shape = Shape(2, classes, lanes=3, categories=1, buckets=5, outputs=outputs)
    if kind == "schedules":
        shape = shape._replace(lanes=module.lanes(module.Config()))
        assert 1 <= shape.lanes <= 256
    if hasattr(module, "brings"):
        brought = module.brings(module.Config())
        own = sum(len(lanes.rates) for lanes in brought)
        shape = shape._replace(lanes=shape.lanes + own, brought=brought)
    variant = module.variant(task) if hasattr(module, "variant") else module
    state = variant.init(module.Config(), shape)
    assert type(state) is variant.State
    assert variant.State.__doc__
    if kind == "models":
        assert state.weights.shape[0] == shape.rows
        assert state.prediction.shape == (outputs * shape.lanes,)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, name in COMPONENTS if hasattr(registry.load(kind, name), "variant")],
)
@pytest.mark.parametrize("task", tasks.NAMES)
def test_a_variant_offers_what_its_kind_is_called_for(kind: str, name: str, task: str) -> None:
    module = registry.load(kind, name)
    if task not in tasks_of(module):
        return
    for function, count in NATIVE[kind].items():
        if function != "lanes":  # which are those of the configuration, whatever the task
            assert arguments(getattr(module.variant(task), function)) == count
    if kind == "schedules":
        assert module.variant(task).REASONS == module.REASONS


@pytest.mark.parametrize("name", registry.names("schedules"))
def test_a_schedule_names_its_reasons(name: str) -> None:
    reasons = registry.load("schedules", name).REASONS
    assert reasons[0] == "unchanged"
    assert len(set(reasons)) == len(reasons) <= 8  # the state counts them by their places
    assert all(reason == reason.lower() for reason in reasons)


@pytest.mark.parametrize("name", registry.names("schedules"))
def test_a_schedule_names_its_family(name: str) -> None:
    assert registry.load("schedules", name).FAMILY in schedules.FAMILIES


@pytest.mark.parametrize(
    ("kind", "name"), [case for case in COMPONENTS if case[0] in ("models", "evaluation")]
)
def test_it_names_its_tasks(kind: str, name: str) -> None:
    named = registry.load(kind, name).TASKS
    assert 1 <= len(named) == len(set(named))
    assert set(named) <= set(tasks.NAMES)


TASK = {
    "classes": 1,
    "outputs": 1,
    "init": 1,
    "known": 1,
    "say": 3,
    "chance": 3,
    "error": 3,
    "meet": 3,
    "target": 2,
}
"""What the package's docstring lists → how many arguments each takes."""


@pytest.mark.parametrize("name", tasks.NAMES)
def test_a_task_offers_what_it_is_called_for(name: str) -> None:
    task = tasks.load(name)
    for function, count in TASK.items():
        assert arguments(getattr(task, function)) == count
        assert getattr(task, function).__doc__
    assert name in registry.load("models", task.MODEL).TASKS
    assert name in registry.load("evaluation", task.EVALUATION).TASKS


def test_every_file_of_a_task_is_known() -> None:
    found = {module.name for module in pkgutil.iter_modules(tasks.__path__)}
    assert found == {*tasks.NAMES, *tasks.INTERNAL}


def test_reasons_to_reject_are_words() -> None:
    assert all(reason.replace("_", "").isalpha() for reason in REJECT_REASONS)
