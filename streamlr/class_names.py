"""Classes by name: what the table ``[classes]`` says of them, once a stream has shown them.

A class is named by its text: ``fraud``, ``true``, ``1``.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from streamlr.components import NO_CLASS

if TYPE_CHECKING:
    from streamlr.config import ClassesConfig
    from streamlr.kernel import State

_PATIENCE = 1000  # labels, until a name that none of them had is told

log = structlog.get_logger("streamlr")


def text(label: Any) -> str:  # noqa: ANN401 - any scalar
    """What a label is called in a configuration.

    Examples
    --------
    >>> text("fraud"), text(True), text(1), text(1.0)
    ('fraud', 'true', '1', '1')
    """
    if isinstance(label, bool):
        return str(label).lower()
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


class ClassNames:
    """Puts into a state what the table says of each class, and minds names that nothing has.

    Parameters
    ----------
    config
        The table.
    """

    def __init__(self, config: "ClassesConfig") -> None:
        self._weights = config.weights if isinstance(config.weights, Mapping) else {}
        self._threshold = config.threshold
        self._positive = None if config.positive is None else text(config.positive)
        self._names = {*self._weights, *([] if self._positive is None else [self._positive])}
        self._known, self._told = 0, not self._names

    def forget(self) -> None:
        """Look at all classes again: the state is another one."""
        self._known = 0

    def know(self, state: "State", labels: tuple[Any, ...]) -> None:
        """Take in the classes met, in the order of their indices."""
        if not self._names or len(labels) == self._known:
            return
        for index, label in enumerate(labels):
            if self._weights:
                state.weighing.given[index] = self._weights.get(text(label), 1.0)
            if text(label) == self._positive:
                state.task.positive[0] = index
        self._known = len(labels)

    def settle(self, state: "State") -> None:
        """Put in what holds whatever the classes are."""
        if self._threshold is not None:
            state.task.threshold[0] = self._threshold
            state.task.positive[0] = NO_CLASS

    def look(self, labels: tuple[Any, ...], learned: int, most: int) -> None:
        """Tell once of names that no class has, when all there may be are met, or many labels."""
        if self._told or (len(labels) < most and learned < _PATIENCE):
            return
        self._told = True
        missing = sorted(self._names - {text(label) for label in labels})
        if missing:
            log.warning(
                "[classes] names what no label has been so far: check the spelling",
                missing=missing,
                classes=[text(label) for label in labels],
                labels=learned,
            )
