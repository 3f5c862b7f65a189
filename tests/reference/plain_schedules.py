"""Schedules that go by the loss or the gradient, in plain NumPy, from the docstrings' formulas.

As in ``plain``: nothing is updated that could be computed anew. A sample is a whole vector of
inputs, one for each weight row, and a mask of those that it brings; a gradient is a matrix.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Present = npt.NDArray[np.bool_]

MEMORIES = (4, 16, 64, 256, 1024, 4096)


def error(prediction: Floats, target: float) -> Floats:
    """Label less prediction, an output each; two classes and a number have one output."""
    if len(prediction) == 1:
        return target - prediction
    one_hot: Floats = np.eye(len(prediction))[int(target)]
    return one_hot - prediction


def curvature(e: Floats, *, number: bool) -> Floats:
    """p(1 - p), or 1."""
    return np.ones_like(e) if number else np.abs(e) * (1 - np.abs(e))


def window_means(losses: Sequence[float], window: int) -> Floats:
    """Mean losses of the full windows."""
    full = len(losses) // window
    means: Floats = np.reshape(losses[: full * window], (full, window)).mean(axis=1)
    return means


class BoldDriver:
    """The rate after each of the losses."""

    def __init__(self, settings: dict[str, float]) -> None:
        self.settings = settings

    def rate(self, losses: Sequence[float]) -> float:
        """The rate once these losses were met."""
        own, rate = self.settings, self.settings["rate"]
        means = window_means(losses, int(own["window"]))
        for before, mean in pairwise(means.tolist()):
            if mean < before:
                rate *= own["growth"]
            elif mean > before * (1 + own["tolerance"]):
                rate *= own["shrink"]
            rate = float(np.clip(rate, own["min_rate"], own["max_rate"]))
        return rate


class LossRatio:
    """The rate after each of the losses."""

    def __init__(self, settings: dict[str, float]) -> None:
        self.settings = settings

    def rate(self, losses: Sequence[float]) -> float:
        """The rate once these losses were met."""
        own, rate = self.settings, self.settings["rate"]
        means = window_means(losses, int(own["window"]))
        for ratio in means[1:] / means[:-1]:
            rate *= np.clip(ratio ** own["power"], 1 / 16, 16)
            rate = float(np.clip(rate, own["min_rate"], own["max_rate"]))
        return rate


class Hypergradient:
    """SGD-HD by either rule."""

    def __init__(self, rate: float, meta_rate: float, bounds: tuple[float, float]) -> None:
        self.rate, self.meta_rate, self.bounds = rate, meta_rate, bounds
        self.before: Floats | None = None

    def learn(self, e: Floats, x: Floats, *, additive: bool) -> None:
        """Set the rate by this gradient and the last."""
        g = -np.outer(x, e)
        before = np.zeros_like(g) if self.before is None else self.before
        agreement, sizes = np.sum(g * before), np.linalg.norm(g) * np.linalg.norm(before)
        if additive:
            self.rate += self.meta_rate * agreement
        elif sizes > 0:
            self.rate *= 1 + self.meta_rate * agreement / sizes
        self.rate = float(np.clip(self.rate, *self.bounds))
        self.before = g


class Vsgd:
    """Averages [rows, outputs]; ``rate`` by weight, or the one."""

    def __init__(
        self, weights: tuple[int, int], rate: float, slow_start: int, bounds: tuple[float, float]
    ) -> None:
        self.slow_start, self.bounds = slow_start, bounds
        self.mean, self.square, self.bend = (np.zeros(weights) for _ in range(3))
        self.memory, self.seen = np.ones(weights), np.zeros(weights)
        self.rate = np.full(weights, rate)

    def learn_rates(self, e: Floats, x: Floats, present: Present, *, number: bool) -> None:
        """A rate for each weight."""
        here = np.repeat(present[:, None], len(e), axis=1)
        self._average(e, x, here, 1 / self.memory, number=number)
        self.seen[here] += 1
        slow = here & (self.seen <= self.slow_start)
        self.memory[slow] += 1
        ruled = here & ~slow & (self.square > 0)
        agreement = self.mean[ruled] ** 2 / self.square[ruled]
        self.rate[ruled] = np.clip(agreement / np.maximum(self.bend[ruled], 1e-12), *self.bounds)
        self.memory[ruled] = np.maximum((1 - agreement) * self.memory[ruled] + 1, 2)

    def learn_rate(self, e: Floats, x: Floats, present: Present, *, number: bool) -> None:
        """One rate for the model."""
        here = np.repeat(present[:, None], len(e), axis=1)
        self._average(e, x, here, 1 / self.memory, number=number)
        self.seen += 1
        if self.seen[0, 0] <= self.slow_start:
            self.memory += 1
            return
        agreement = np.sum(self.mean[here] ** 2) / np.sum(self.square[here])
        self.rate[:] = np.clip(agreement / max(self.bend[here].max(), 1e-12), *self.bounds)
        self.memory = np.maximum((1 - agreement) * self.memory + 1, 2)

    def step(self, e: Floats, x: Floats, *, number: bool) -> Floats:
        """Of each weight, bounded over the inputs of an output."""
        bound = 1 + (self.rate * x[:, None] ** 2).sum(axis=0) * curvature(e, number=number)
        step: Floats = self.rate * np.outer(x, e) / bound
        return step

    def _average(self, e: Floats, x: Floats, here: Present, share: Floats, *, number: bool) -> None:
        g, h = -np.outer(x, e), np.outer(x**2, curvature(e, number=number))
        for average, latest in [(self.mean, g), (self.square, g**2), (self.bend, h)]:
            average[here] = ((1 - share) * average + share * latest)[here]


class Cogra:
    """Means [memories, rows, outputs]."""

    def __init__(self, weights: tuple[int, int], rate: float, settings: dict[str, float]) -> None:
        self.rate, self.settings, self.samples = rate, settings, 0
        self.mean = np.zeros((len(MEMORIES), *weights))
        self.bend = np.zeros(weights)
        self.square, self.wrong = 0.0, np.zeros(len(MEMORIES))

    def learn(self, e: Floats, x: Floats, present: Present, *, number: bool) -> None:
        """Set the rate by this gradient."""
        own = self.settings
        self.samples += 1
        s = max(1 / self.samples, 1 / own["horizon"])
        g, h = -np.outer(x, e), np.outer(x**2, curvature(e, number=number))
        off = (g - self.mean) * present[:, None]
        self.wrong = (1 - s) * self.wrong + s * np.sum(off**2, axis=(1, 2))
        gain = np.maximum(1 / self.samples, 1 / np.array(MEMORIES))
        self.mean += gain[:, None, None] * off
        self.square = (1 - s) * self.square + s * np.sum(g**2)
        self.bend[present] = ((1 - s) * self.bend + s * h)[present]
        if self.samples <= own["slow_start"]:
            return
        best = self.mean[np.argmin(self.wrong)][present]
        steepest = max(self.bend[present].max(), 1e-12)
        rate = min(np.sum(best**2) / self.square, 1.0) / steepest
        self.rate = float(np.clip(rate, own["min_rate"], own["max_rate"]))


class CoinBetting:
    """COCOB-Backprop: every weight's outcomes, kept from the first."""

    def __init__(
        self, weights: tuple[int, int], caution: float, bounds: tuple[float, float]
    ) -> None:
        self.caution, self.bounds = caution, bounds
        self.outcomes: list[Floats] = []
        self.reward, self.weights = np.zeros(weights), np.zeros(weights)

    def learn(self, e: Floats, x: Floats) -> None:
        """Pay out, and bet again; an input of 0 changes nothing."""
        outcome = np.outer(x, e)
        self.outcomes.append(outcome)
        self.reward = np.maximum(self.reward + self.weights * outcome, 0)
        size = np.abs(self.outcomes)
        largest, total = size.max(axis=0), size.sum(axis=0)
        met = largest > 0
        scale = largest * np.maximum(total + largest, self.caution * largest)
        fraction = np.divide(largest + self.reward, scale, out=np.zeros_like(scale), where=met)
        step = np.where(met, np.clip(fraction, *self.bounds), 0.0)
        self.weights = np.sum(self.outcomes, axis=0) * step
