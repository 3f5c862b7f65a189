"""Ballot: which class to name, decided by how often each way to decide was wrong of late.

Candidates are, for each of several forgetting rates λ, a hedge over the lanes: the vote of all,
weighted by e^(-2L), L ← (1-λ)·L + error; and the more probable class of each given mixture of
probabilities. A second hedge, over the candidates, names the class. Where the lanes are unanimous
so is everyone.

References
----------
Freund & Schapire (1997), "A decision-theoretic generalization of on-line learning and an
application to boosting", for hedge. Its discounted form, and the two levels, are ours.
"""

from typing import NamedTuple, Protocol

import numpy as np

from streamlr.arithmetic import dot, exp
from streamlr.compiling import cold, hot

FORGETTING = np.array([1e-5, 1e-4, 1e-3, 1e-2, 5e-2])
RATE = 2.0
CANDIDATE_FORGETTING = 1e-3
CANDIDATE_RATE = 0.5


class State(NamedTuple):
    """Record of the lanes and of the candidates: first the hedges, then the given mixtures.

    Attributes
    ----------
    lane_loss : float64 [hedges, lanes]
        Discounted 0/1 losses, each row to within a constant.
    candidate_loss : float64 [candidates]
        Discounted 0/1 losses, to within a constant.
    vote : float64 [candidates]
        Latest votes: 1 for class 1, -1 for class 0.
    heard : float64 [lanes]
        The lanes' probabilities that these votes were cast on.
    valid : int64 [1]
        Whether nothing was learned since.
    sign, weight : float64 [lanes]
        Space to work in.
    """

    lane_loss: np.ndarray
    candidate_loss: np.ndarray
    vote: np.ndarray
    heard: np.ndarray
    valid: np.ndarray
    sign: np.ndarray
    weight: np.ndarray


def losses_for(say: np.ndarray) -> np.ndarray:
    """Losses of whom is listened to so much: e^(-2L) is what they say."""
    return np.log(1.0 / say) / RATE


def init(lanes: int, mixtures: int, say: np.ndarray | float = 1.0) -> State:
    """No one was wrong yet; lanes ``say`` all alike, or each its own."""
    hedges = len(FORGETTING)
    return State(
        lane_loss=np.tile(losses_for(np.full(lanes, say)), (hedges, 1)),
        candidate_loss=np.zeros(hedges + mixtures),
        vote=np.ones(hedges + mixtures),
        heard=np.full(lanes, 0.5),
        valid=np.zeros(1, np.int64),
        sign=np.ones(lanes),
        weight=np.ones(lanes),
    )


@hot
def cast(state: State, probability: np.ndarray, mixed: np.ndarray) -> bool:
    """Let every candidate vote; whether there was anything to decide is returned.

    Parameters
    ----------
    probability
        P(class 1) by each lane.
    mixed
        P(class 1) by each mixture.
    """
    lanes, yes = probability.shape[0], 0
    for lane in range(lanes):
        state.heard[lane] = probability[lane]
        yes += 1 if probability[lane] >= 0.5 else 0
    state.valid[0] = 1
    if yes in (0, lanes):
        for candidate in range(state.vote.shape[0]):
            state.vote[candidate] = 1.0 if yes else -1.0
        return False
    hedges, sign, weight = state.lane_loss.shape[0], state.sign, state.weight
    for lane in range(lanes):
        sign[lane] = 1.0 if probability[lane] >= 0.5 else -1.0
    for hedge in range(hedges):
        for lane in range(lanes):
            weight[lane] = exp(-RATE * state.lane_loss[hedge, lane])
        state.vote[hedge] = 1.0 if dot(weight, sign) >= 0.0 else -1.0
    for mixture in range(mixed.shape[0]):
        state.vote[hedges + mixture] = 1.0 if mixed[mixture] >= 0.5 else -1.0
    return True


@hot
def winner(state: State) -> int:
    """The class that the candidates name together."""
    balance = 0.0
    for candidate in range(state.vote.shape[0]):
        trust = exp(-CANDIDATE_RATE * state.candidate_loss[candidate])
        balance += state.vote[candidate] * trust
    return 1 if balance >= 0.0 else 0


@hot
def stands(state: State, probability: np.ndarray) -> bool:
    """Whether the latest votes are those on ``probability``, by what is known now."""
    different = 0
    for lane in range(probability.shape[0]):
        different += 1 if state.heard[lane] != probability[lane] else 0
    return state.valid[0] == 1 and different == 0


@hot
def update(state: State, wrong: np.ndarray, target: float, weight: float = 1.0) -> None:
    """Score the lanes, whose errors are in ``wrong`` [lanes], and the candidates' latest votes.

    A wrong one costs ``weight``, as an error in ``wrong`` does.
    """
    score_lanes(state.lane_loss, wrong)
    right = 1.0 if target > 0.5 else -1.0
    for candidate in range(state.vote.shape[0]):
        missed = weight if state.vote[candidate] != right else 0.0
        kept = (1.0 - CANDIDATE_FORGETTING) * state.candidate_loss[candidate]
        state.candidate_loss[candidate] = kept + missed
    state.valid[0] = 0


@hot
def score_lanes(lane_loss: np.ndarray, wrong: np.ndarray) -> None:
    """Discount ``lane_loss`` [hedges, lanes], each row at its own pace, and add the errors."""
    for hedge in range(lane_loss.shape[0]):
        kept = 1.0 - FORGETTING[hedge]
        for lane in range(wrong.shape[0]):
            lane_loss[hedge, lane] = kept * lane_loss[hedge, lane] + wrong[lane]


class Record(Protocol):
    """The losses of lanes and candidates, whatever else a state holds."""

    @property
    def lane_loss(self) -> np.ndarray:
        """Of each hedge and lane."""

    @property
    def candidate_loss(self) -> np.ndarray:
        """Of each candidate."""


@cold
def level(state: Record) -> None:
    """Shift losses so that the least is 0: their differences, all that a hedge sees, stay."""
    for hedge in range(state.lane_loss.shape[0]):
        _level_row(state.lane_loss[hedge])
    _level_row(state.candidate_loss)


@hot
def _level_row(losses: np.ndarray) -> None:
    """Shift losses so that the least is 0."""
    least = losses[0]
    for place in range(losses.shape[0]):
        least = min(least, losses[place])
    for place in range(losses.shape[0]):
        losses[place] -= least
