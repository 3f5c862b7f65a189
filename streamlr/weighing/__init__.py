"""Weighing: how much a labelled sample counts, in learning and in telling which lanes are good.

``[classes] weights`` says which file is run:

``init(config, shape)``
    what it remembers before the first label, of the table ``[classes]``;
``weigh(state, truth, weight)``
    fills ``weight`` [2] of the sample at hand (:class:`streamlr.components.Inputs`), by the labels
    before it;
``meet(state, truth, weight)``
    takes the label in.
"""

from types import ModuleType
from typing import TYPE_CHECKING

from streamlr.weighing import by_class, none

if TYPE_CHECKING:
    from streamlr.config import ClassesConfig


def load(config: "ClassesConfig") -> ModuleType:
    """The file for a table ``[classes]``."""
    return none if config.weights is None else by_class
