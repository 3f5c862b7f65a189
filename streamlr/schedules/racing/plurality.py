"""Plurality: the ballot (:mod:`streamlr.schedules.racing.ballot`) among more than two classes.

The same candidates, forgetting and rates; a vote names a class, and the class with the most weight
behind it wins.
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import exp
from streamlr.compiling import hot
from streamlr.schedules.racing import ballot


class State(NamedTuple):
    """Record of the lanes and of the candidates: first the hedges, then the given mixtures.

    Attributes
    ----------
    lane_loss : float64 [hedges, lanes]
        Discounted 0/1 losses, each row to within a constant.
    candidate_loss : float64 [candidates]
        Discounted 0/1 losses, to within a constant.
    vote : int64 [candidates]
        Latest votes.
    choice : int64 [lanes]
        The lanes' most probable classes, on which these votes were cast.
    valid : int64 [1]
        Whether nothing was learned since.
    best : float64 [lanes]
    tally : float64 [outputs]
        Space to work in.
    """

    lane_loss: np.ndarray
    candidate_loss: np.ndarray
    vote: np.ndarray
    choice: np.ndarray
    valid: np.ndarray
    best: np.ndarray
    tally: np.ndarray


def init(lanes: int, mixtures: int, outputs: int, say: np.ndarray | float = 1.0) -> State:
    """No one was wrong yet; lanes ``say`` all alike, or each its own."""
    hedges = len(ballot.FORGETTING)
    return State(
        lane_loss=np.tile(ballot.losses_for(np.full(lanes, say)), (hedges, 1)),
        candidate_loss=np.zeros(hedges + mixtures),
        vote=np.zeros(hedges + mixtures, np.int64),
        choice=np.zeros(lanes, np.int64),
        valid=np.zeros(1, np.int64),
        best=np.zeros(lanes),
        tally=np.zeros(outputs),
    )


@hot
def cast(state: State, prediction: np.ndarray, mixed: np.ndarray, known: int) -> int:
    """Let every candidate vote; the class that they name together is returned.

    Parameters
    ----------
    prediction : [known * lanes]
        Probabilities by each lane.
    mixed : [mixtures * known]
        Probabilities by each mixture.
    """
    choice, best, lanes = state.choice, state.best, state.choice.shape[0]
    state.valid[0] = 1
    if known == 0:
        return 0
    for lane in range(lanes):
        choice[lane] = 0
        best[lane] = prediction[lane]
    for output in range(1, known):
        for lane in range(lanes):
            p = prediction[output * lanes + lane]
            choice[lane] = output if p > best[lane] else choice[lane]
            best[lane] = max(p, best[lane])
    different = 0
    for lane in range(lanes):
        different += 1 if choice[lane] != choice[0] else 0
    if different == 0:  # then so is everyone
        for candidate in range(state.vote.shape[0]):
            state.vote[candidate] = choice[0]
        return choice[0]  # type: ignore[no-any-return]

    hedges, tally = state.lane_loss.shape[0], state.tally[:known]
    for hedge in range(hedges):
        for output in range(known):
            tally[output] = 0.0
        for lane in range(lanes):
            best[lane] = exp(-ballot.RATE * state.lane_loss[hedge, lane])
        for lane in range(lanes):
            tally[choice[lane]] += best[lane]
        state.vote[hedge] = highest(tally)
    for place in range(state.vote.shape[0] - hedges):
        state.vote[hedges + place] = highest(mixed[place * known : (place + 1) * known])
    return _winner(state, tally)


@hot
def highest(values: np.ndarray) -> int:
    """Where the highest value is, the first of several."""
    found = 0
    for place in range(values.shape[0]):
        found = place if values[place] > values[found] else found
    return found


@hot
def _winner(state: State, tally: np.ndarray) -> int:
    for output in range(tally.shape[0]):
        tally[output] = 0.0
    for candidate in range(state.vote.shape[0]):
        trust = exp(-ballot.CANDIDATE_RATE * state.candidate_loss[candidate])
        tally[state.vote[candidate]] += trust
    return highest(tally)


@hot
def update(state: State, wrong: np.ndarray, label: int, weight: float = 1.0) -> None:
    """Score the lanes, whose errors are in ``wrong`` [lanes], and the candidates' latest votes.

    A wrong one costs ``weight``, as an error in ``wrong`` does.
    """
    ballot.score_lanes(state.lane_loss, wrong)
    for candidate in range(state.vote.shape[0]):
        missed = weight if state.vote[candidate] != label else 0.0
        kept = (1.0 - ballot.CANDIDATE_FORGETTING) * state.candidate_loss[candidate]
        state.candidate_loss[candidate] = kept + missed
    state.valid[0] = 0


level = ballot.level
