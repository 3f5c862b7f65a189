"""The learning rates of River's objects."""

from collections.abc import Iterator, Sequence
from typing import Any

from streamlr import river_objects
from streamlr.errors import ConfigurationError


def named(target: Any) -> str:  # noqa: ANN401 - anything
    """What a message calls an object."""
    return f"an object of {type(target).__module__}.{type(target).__qualname__}"


class RiverRates:
    """River's: the rates of an optimizer, or of the linear models in a pipeline or an ensemble.

    A model's rate for its intercept goes along, unless it is 0, by which River holds an intercept
    where it is. A rate that River's own scheduler sets is replaced. Where a model copies its
    optimizer for each class (softmax regression), so many copies are set.

    Raises
    ------
    ConfigurationError
        There is none: a tree, or a model that a wrapper copies as it goes.
    """

    def __init__(self, target: Any) -> None:  # noqa: ANN401 - any of River's
        self._optimizers, self._intercepts, self._by_class = [], [], []
        if _is_optimizer(target):
            self._optimizers = [_innermost(target)]
        else:
            models = list(river_objects.with_rates(target))
            self._optimizers = [_innermost(model.optimizer) for model in models]
            self._intercepts = [model for model in models if _learns_intercept(model)]
            self._by_class = [
                (place, model.optimizers)
                for place, model in enumerate(models)
                if hasattr(model, "optimizers")
            ]
        without = [each for each in self._optimizers if not _has_rate(each)]
        if without or not self._optimizers:
            rateless = named(without[0] if without else target)
            message = (
                f"drive: {rateless} has no learning rate to set. Give a linear model, a pipeline "
                "that ends with one, or an optimizer with lr; where there is none, as in a tree, "
                "pass the rate on as a sample's weight: learn_one(x, y, w=effect.factor)"
            )
            raise ConfigurationError(message)

    def _places(self) -> Iterator[tuple[Any, str]]:
        for optimizer in self._optimizers:
            yield optimizer, "lr"
        for model in self._intercepts:
            yield model, "intercept_lr"

    def rates(self) -> list[float]:
        """Return each optimizer's, then each intercept's."""
        return [_constant(holder, name) for holder, name in self._places()]

    def set(self, rates: Sequence[float]) -> None:
        """Set them."""
        from river.optim.schedulers import Constant  # noqa: PLC0415 - River is optional

        for (holder, name), rate in zip(self._places(), rates, strict=True):
            setattr(holder, name, Constant(rate))
        for place, copies in self._by_class:
            for copied in copies.values():
                _innermost(copied).lr = Constant(rates[place])

    def __len__(self) -> int:
        return len(self._optimizers) + len(self._intercepts)


def _is_optimizer(target: Any) -> bool:  # noqa: ANN401 - any of River's
    from river import optim  # noqa: PLC0415 - River is optional

    return isinstance(target, optim.base.Optimizer)


def _innermost(optimizer: Any) -> Any:  # noqa: ANN401 - any of River's
    """The optimizer that steps: the one that an averager has inside."""
    return _innermost(optimizer.optimizer) if hasattr(optimizer, "optimizer") else optimizer


def _has_rate(optimizer: Any) -> bool:  # noqa: ANN401 - any of River's
    """Whether it goes by ``lr``: FTRL has none, AdaDelta one that is 0 and never looked at."""
    return hasattr(optimizer, "lr") and optimizer.lr.get(0) != 0


def _learns_intercept(model: Any) -> bool:  # noqa: ANN401 - any of River's
    return hasattr(model, "intercept_lr") and model.intercept_lr.get(0) != 0


def _constant(holder: Any, name: str) -> float:  # noqa: ANN401 - any of River's
    scheduler = getattr(holder, name)
    if hasattr(scheduler, "learning_rate") and scheduler.get(0) == scheduler.get(1):
        return float(scheduler.learning_rate)
    message = (
        f"drive: {name} of {named(holder)} goes by {type(scheduler).__name__}, a schedule of its "
        "own, so that there is no one rate to be relative to; make it with a number"
    )
    raise ConfigurationError(message)
