"""Which components can go by what a step is given, and their tables, checked."""

from collections.abc import Mapping
from typing import Any

from streamlr import config, registry
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError
from streamlr.library.settings import Table

BY_GRADIENT = ("hypergradient",)
"""Schedules that go by a gradient of any model's; the others that use one want our own models'."""

Component = str | Table
"""A component's type, or its whole table, as in the configuration file."""


def configured(
    schedule: Component, detector: Component | None, frequency: Component | None
) -> dict[str, Any]:
    """Name of each table → the table, checked.

    Raises
    ------
    ConfigurationError
        With every fault.
    """
    faults: list[str] = []
    own = _table("schedule", "schedules", schedule, faults)
    watching = _table("detector", "detectors", "none" if detector is None else detector, faults)
    often = "every_sample" if frequency is None else frequency
    updating = _table("frequency", "frequencies", often, faults)
    if own is not None:
        faults += _misfits(own)
    if watching is not None and watching.watch not in {"error", "loss"}:
        faults.append(
            f"[detector] watch = {watching.watch!r}: a step is given the loss and the error, and "
            "nothing else to watch; choose one of: error, loss"
        )
    if watching is not None and watching.watch == "loss" and watching.takes != "any number":
        faults.append(
            f"[detector] watch = 'loss': {watching.type} is made for values of {watching.takes}; "
            "watch the error, or choose a detector that takes any number, as adwin does"
        )
    if not faults and detector is None and own.type == "drift_boost":
        faults.append(
            "[schedule] type = 'drift_boost': it answers drift alarms, and without a detector "
            "there are none; pass detector = 'adwin'"
        )
    if faults:
        raise ConfigurationError(*faults)
    return {"schedule": own, "detector": watching, "frequency": updating}


def _table(table: str, kind: str, given: Component, faults: list[str]) -> Any:  # noqa: ANN401 - any Config
    values: Any = {"type": given} if isinstance(given, str) else given
    values = dict(values) if isinstance(values, Mapping) else values
    return config.component(table, kind, "", values, faults)


def _misfits(schedule: ComponentConfig) -> list[str]:
    """Why a schedule cannot go by what a step is given."""
    type_: str = schedule.type  # type: ignore[attr-defined] # every component's Config has it
    module = registry.load("schedules", type_)
    instead = (
        "choose drift_boost, reduce_on_plateau or another that goes by the number of steps or by "
        f"the loss; {type_} is for streamlr.OnlineModel, whose models are streamlr's own"
    )
    if type_ not in BY_GRADIENT and getattr(module, "USES_GRADIENTS", False):
        why = "it works out the gradient of streamlr's own linear models, and cannot of yours"
        return [f"[schedule] type = {type_!r}: {why}; {instead}"]
    if module.lanes(schedule) != 1:
        why = "it runs a learner for each of its rates side by side, and an optimizer has one"
        return [f"[schedule] type = {type_!r}: {why}; {instead}"]
    return []
