"""Prequential scores, as ``streamlr.evaluation`` gives them, and who won by them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from streamlr.evaluation.prequential import SMALLEST_PROBABILITY

CLASSES = ("accuracy", "kappa_temporal", "log_loss")
NUMBERS = ("mae",)

Verdict = Literal["win", "tie", "loss"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy reached on a stream.

    Attributes
    ----------
    metrics
        Cumulative: fractions; log-loss in nats; MAE in the label's unit.
    samples
        Rows predicted and learned.
    cpu_seconds
        That took, starting and compiling left out.
    note
        What was chosen for it in hindsight, in words.
    """

    metrics: Mapping[str, float]
    samples: int
    cpu_seconds: float
    note: str = ""


def of_classes(truth: np.ndarray, chances: np.ndarray) -> dict[str, float]:
    """Score probabilities; the likeliest class is what is said.

    Parameters
    ----------
    truth : int64 [rows]
    chances : float64 [rows, classes]
    """
    given = np.clip(chances[np.arange(len(truth)), truth], SMALLEST_PROBABILITY, 1.0)
    accuracy = float((chances.argmax(axis=1) == truth).mean())
    repeated = float((truth[1:] == truth[:-1]).sum()) / len(truth)
    return {
        "accuracy": accuracy,
        "kappa_temporal": (accuracy - repeated) / (1 - repeated) if repeated < 1 else math.nan,
        "log_loss": float(-np.log(given).mean()),
    }


def of_numbers(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """Score predicted numbers."""
    return {"mae": float(np.abs(truth - said).mean())}


def margin(rows: int) -> float:
    """Points of accuracy within which two policies tie: max(0.1, 20 / √rows).

    Examples
    --------
    >>> margin(10_000), margin(1_000_000)
    (0.2, 0.1)
    """
    return max(0.1, 20 / math.sqrt(rows))


def by_accuracy(ours: float, theirs: float, rows: int) -> Verdict:
    """Compare fractions: a tie lies within :func:`margin`."""
    return _verdict((ours - theirs) * 100, margin(rows))


def by_mae(ours: float, theirs: float) -> Verdict:
    """Less is better; within 1 % of theirs is a tie."""
    return _verdict(theirs - ours, theirs / 100)


def by_log_loss(ours: float, theirs: float) -> Verdict:
    """Any less is a win, more than 1 % above theirs is a loss."""
    if ours < theirs:
        return "win"
    return "tie" if ours <= theirs * 1.01 else "loss"


def _verdict(better_by: float, tie: float) -> Verdict:
    if abs(better_by) <= tie:
        return "tie"
    return "win" if better_by > 0 else "loss"


def tally(verdicts: Sequence[Verdict]) -> tuple[int, int, int]:
    """Count wins, ties and losses.

    Examples
    --------
    >>> tally(["win", "loss", "win"])
    (2, 0, 1)
    """
    return verdicts.count("win"), verdicts.count("tie"), verdicts.count("loss")
