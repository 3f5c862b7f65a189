"""Trust: which guesses at a missing label are learned.

A guess is the race's own most probable class. It counts where that has at least ``confidence``,
and where such guesses of this class were right often enough among the latest labels: at least
0.7 of them, two more taken as one right and one wrong, each label fading to half in about seven
guesses. So after a drift there are no guesses until labels bear them out, and a class that is
named too easily is not learned from its own name.
"""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot

_FADE = 0.9
_LEAST_PRECISION = 0.7
NO_GUESS = -1


class State(NamedTuple):
    """How right sure guesses were of late.

    Attributes
    ----------
    made, right : float64 [classes]
        Sure guesses of each class at records that had a label, and those that were right; faded.
    confidence : float64 [1]
        Least probability of a sure guess; constant.
    taught : int64 [1]
        Guesses learned so far.
    """

    made: np.ndarray
    right: np.ndarray
    confidence: np.ndarray
    taught: np.ndarray


def init(confidence: float, classes: int) -> State:
    """No guess was made yet, and none is trusted."""
    return State(
        made=np.zeros(classes),
        right=np.zeros(classes),
        confidence=np.array([confidence]),
        taught=np.zeros(1, np.int64),
    )


@hot
def see(state: State, guess: int, chance: float, label: int) -> None:
    """Score a guess at a label that is known."""
    if guess != NO_GUESS and chance >= state.confidence[0]:
        state.made[guess] = _FADE * state.made[guess] + 1.0
        state.right[guess] = _FADE * state.right[guess] + (1.0 if guess == label else 0.0)


@hot
def holds(state: State, guess: int, chance: float) -> bool:
    """Whether a guess at a missing label is to be learned; it is counted."""
    if guess == NO_GUESS or chance < state.confidence[0]:
        return False
    trusted = state.right[guess] + 1.0 >= _LEAST_PRECISION * (state.made[guess] + 2.0)
    state.taught[0] += 1 if trusted else 0
    return trusted  # type: ignore[no-any-return]
