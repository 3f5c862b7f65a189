"""What has a learning rate that can be set from outside, and how it is set.

None of the libraries meant here is imported: whoever has one of their objects has done that.
"""

import sys
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Protocol

from streamlr.errors import ConfigurationError, StorageError
from streamlr.library.river_rates import RiverRates, named

_REMEDY = (
    "give a River model or optimizer, a torch optimizer or one of its param_groups, a scikit-learn "
    "SGDClassifier or SGDRegressor, or a function that takes the rate"
)


class Driver(Protocol):
    """The learning rates of one object, in an order that stays."""

    def rates(self) -> list[float]:
        """Return them as they are now.

        Raises
        ------
        ConfigurationError
            One is not a plain number.
        """
        ...

    def set(self, rates: Sequence[float]) -> None:
        """Set each of them; there are as many as ``len`` says."""
        ...

    def __len__(self) -> int: ...


def driver(target: Any) -> Driver:  # noqa: ANN401 - anything with a rate
    """The way to set the rates of ``target``.

    Raises
    ------
    ConfigurationError
        It has none, or goes its own way with it.
    """
    if hasattr(target, "param_groups"):
        return ParameterGroups(lambda: target.param_groups)
    if isinstance(target, MutableMapping) and "lr" in target:
        return ParameterGroups(lambda: [target])
    if hasattr(target, "eta0") and hasattr(target, "partial_fit"):
        return Eta0(target)
    if _is_rivers(target):
        return RiverRates(target)
    if callable(target) and not isinstance(target, type) and not hasattr(target, "parameters"):
        return Function(target)  # a class would make objects, and a torch module predict
    raise ConfigurationError(f"drive: {named(target)} has no learning rate to set; {_REMEDY}")


def _is_rivers(target: Any) -> bool:  # noqa: ANN401 - anything
    base = sys.modules.get("river.base")  # not imported: then nothing is of River's
    return base is not None and isinstance(target, base.Base)


class ParameterGroups:
    """torch's: dictionaries that hold a rate as ``lr``.

    Parameters
    ----------
    groups
        Returns them: a torch optimizer replaces its own when it loads a state, and may get more.
    """

    def __init__(self, groups: Callable[[], Sequence[MutableMapping[str, Any]]]) -> None:
        self._groups = groups

    def rates(self) -> list[float]:
        """Return each group's."""
        return [float(group["lr"]) for group in self._groups()]

    def set(self, rates: Sequence[float]) -> None:
        """Set each group's; where it is a tensor, in place, as torch's own schedulers do."""
        for group, rate in zip(self._groups(), rates, strict=True):
            if hasattr(group["lr"], "fill_"):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def __len__(self) -> int:
        return len(self._groups())


class Eta0:
    """scikit-learn's: ``eta0``, which every ``partial_fit`` reads.

    Raises
    ------
    ConfigurationError
        The estimator has a schedule of its own, to which eta0 is a beginning or nothing at all.
    """

    def __init__(self, estimator: Any) -> None:  # noqa: ANN401 - any of scikit-learn's
        if estimator.learning_rate != "constant":
            message = (
                f"drive: {type(estimator).__name__} has learning_rate = "
                f"{estimator.learning_rate!r}, a schedule of its own; make it with "
                "learning_rate='constant'"
            )
            raise ConfigurationError(message)
        self._estimator = estimator

    def rates(self) -> list[float]:
        """Return it."""
        return [float(self._estimator.eta0)]

    def set(self, rates: Sequence[float]) -> None:
        """Set it."""
        [self._estimator.eta0] = rates

    def __len__(self) -> int:
        return 1


class Function:
    """Anything else: a function that is given the rate."""

    def __init__(self, function: Callable[[float], object]) -> None:
        self._function = function

    def rates(self) -> list[float]:
        """Refuse: nobody knows.

        Raises
        ------
        ConfigurationError
            Always.
        """
        message = (
            "drive: a function has no rate of its own to be relative to; leave out relative=True, "
            "and let the function multiply"
        )
        raise ConfigurationError(message)

    def set(self, rates: Sequence[float]) -> None:
        """Call it."""
        [rate] = rates
        self._function(rate)

    def __len__(self) -> int:
        return 1


class Driven:
    """Something that is driven, and the rates that it is relative to; none: to nothing.

    Raises
    ------
    ConfigurationError
        As :func:`driver`; or it has rates that differ, and would all get the same one.
    """

    def __init__(self, target: Any, *, relative: bool) -> None:  # noqa: ANN401 - anything with a rate
        self._driver = driver(target)
        self.bases = self._driver.rates() if relative else None
        if isinstance(self._driver, ParameterGroups) and not relative:
            _refuse_unlike(self._driver.rates())

    def refuse_other(self, bases: list[float] | None) -> None:
        """Check that there are as many rates as a state has bases.

        Raises
        ------
        StorageError
            There are not.
        """
        if bases is not None and len(bases) != len(self._driver):
            message = (
                f"the state is that of a scheduler that drove {len(bases)} rates of one object, "
                f"which here has {len(self._driver)}: give it the same param_groups, before"
            )
            raise StorageError(message)

    def set(self, rate: float, factor: float) -> None:
        """Set all its rates; one that came later is relative to what it came with."""
        if self.bases is None:
            self._driver.set([rate] * len(self._driver))
            return
        if len(self.bases) < len(self._driver):
            self.bases += self._driver.rates()[len(self.bases) :]
        self._driver.set([base * factor for base in self.bases])


def _refuse_unlike(rates: list[float]) -> None:
    if len(set(rates)) > 1:
        shown = ", ".join(f"{rate:g}" for rate in rates)
        message = (
            f"drive: the optimizer's param_groups have rates of their own ({shown}), and would all "
            "get the same one; pass relative=True to keep their proportions, or drive each of "
            "param_groups by a scheduler of its own"
        )
        raise ConfigurationError(message)
