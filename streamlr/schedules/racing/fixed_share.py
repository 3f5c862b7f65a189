"""Fixed-share: a mixture of the lanes' probabilities that follows whichever lane is best now.

w ← (1-α)·w·p(y)/Σ + α/K: Bayes' rule, then each lane gives up a share α of its weight to all K, so
that none is ever out of the race. Nobody picks α: there is a mixture for each of several, and
Bayes' rule weighs those.

References
----------
Herbster & Warmuth (1998), "Tracking the best expert".
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import dot, exp, log
from streamlr.compiling import cold, hot

_SHARES = np.array([1e-5, 1e-4, 1e-3, 1e-2, 5e-2])
MIXTURES = len(_SHARES)
_LEAST_BELIEF = 1e-300


class State(NamedTuple):
    """Weights of the lanes in each mixture, and of the mixtures.

    Attributes
    ----------
    weight : float64 [mixtures, lanes]
        Each row sums to 1.
    belief : float64 [mixtures]
        Bayes weight of each mixture.
    answer : float64 [mixtures]
        P(class 1) that each gave last; of each class, for more than two: [mixtures * outputs].
    """

    weight: np.ndarray
    belief: np.ndarray
    answer: np.ndarray


def init(lanes: int, outputs: int = 1, say: np.ndarray | float = 1.0) -> State:
    """All mixtures level, and lanes as they ``say`` at first: all alike, or each its own."""
    first = np.full(lanes, say)
    return State(
        weight=np.tile(first / first.sum(), (MIXTURES, 1)),
        belief=np.full(MIXTURES, 1.0 / MIXTURES),
        answer=np.full(MIXTURES * outputs, 0.5),
    )


@hot
def mix(state: State, probability: np.ndarray) -> float:
    """Each mixture's P(class 1) into ``state.answer``; what they say together is returned."""
    mixed = 0.0
    for mixture in range(state.weight.shape[0]):
        state.answer[mixture] = dot(state.weight[mixture], probability)
        mixed += state.belief[mixture] * state.answer[mixture]
    return min(mixed, 1.0)  # weights sum to 1 but for rounding


@hot
def mix_classes(state: State, prediction: np.ndarray, answer: np.ndarray, known: int) -> None:
    """The same for ``known`` classes; what they say together goes to ``answer`` [outputs].

    Parameters
    ----------
    prediction : [known * lanes]
    """
    mixtures, lanes = state.weight.shape
    for output in range(known):
        answer[output] = 0.0
        own = prediction[output * lanes : (output + 1) * lanes]
        for mixture in range(mixtures):
            said = dot(state.weight[mixture], own)
            state.answer[mixture * known + output] = said
            answer[output] += state.belief[mixture] * said
        answer[output] = min(answer[output], 1.0)


@hot
def learn(state: State, likelihood: np.ndarray, weight: float) -> float:
    """Reweigh by what each lane gave to the label, never 0; what they gave together is returned.

    A sample of weight w counts as if it had come w times: its likelihoods are raised to that power.
    """
    given = _raise(state, likelihood, weight) if weight != 1.0 else 0.0
    total = update(state, likelihood)
    return given if weight != 1.0 else total


@cold
def _raise(state: State, likelihood: np.ndarray, weight: float) -> float:
    """Raise likelihoods to a power; what all gave together before is returned."""
    given = 0.0
    for mixture in range(state.weight.shape[0]):
        given += state.belief[mixture] * dot(state.weight[mixture], likelihood)
    for lane in range(likelihood.shape[0]):
        likelihood[lane] = exp(weight * log(likelihood[lane]))
    return given


@hot
def update(state: State, likelihood: np.ndarray) -> float:
    """The same for a sample that counts as one."""
    weight, belief = state.weight, state.belief
    lanes, total = likelihood.shape[0], 0.0
    for mixture in range(weight.shape[0]):
        share, evidence = _SHARES[mixture], dot(weight[mixture], likelihood)
        kept, given = (1.0 - share) / evidence, share / lanes
        for lane in range(lanes):
            weight[mixture, lane] = weight[mixture, lane] * likelihood[lane] * kept + given
        belief[mixture] *= evidence
        total += belief[mixture]
    for mixture in range(weight.shape[0]):
        belief[mixture] = max(belief[mixture] / total, _LEAST_BELIEF)
    return total


@hot
def weights(state: State, weight: np.ndarray) -> None:
    """Fill ``weight`` [lanes] with each lane's over all mixtures."""
    for lane in range(weight.shape[0]):
        weight[lane] = 0.0
    for mixture in range(state.weight.shape[0]):
        for lane in range(weight.shape[0]):
            weight[lane] += state.belief[mixture] * state.weight[mixture, lane]
