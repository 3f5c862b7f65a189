"""The races over many classes and for a number in plain NumPy; `plain.py` is that of two classes.

Inputs are dense vectors [numbers, bias, one for each value of a category]; ``present`` says which
of them a sample has: the others take no part in it.
"""

import numpy as np
import numpy.typing as npt

from tests.reference.plain import (
    FADE,
    FORGETTING,
    SHARES,
    Autostep,
    FixedShare,
    Floats,
    Memory,
    hedge,
)

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
CLIP = 10.0


class OneHot:
    """Rows of the values of categorical columns, in the order in which they are met."""

    def __init__(self, numbers: int, buckets: int) -> None:
        self.numbers, self.buckets = numbers, buckets
        self.row: dict[float, int] = {}

    @property
    def used(self) -> int:
        """Inputs that some sample had."""
        return self.numbers + len(self.row)

    def __call__(self, numbers: Floats, codes: Floats) -> tuple[Floats, Mask]:
        """Inputs, and which are present."""
        x = np.zeros(self.numbers + self.buckets)
        present = np.zeros(len(x), np.bool_)
        x[: self.numbers], present[: self.numbers] = numbers, True
        for code in codes[~np.isnan(codes)].tolist():
            row = self.numbers + self.row.setdefault(code, len(self.row))
            x[row], present[row] = 1.0, True
        return x, present


class RaceOfClasses:
    """Weights [lanes, classes, inputs] and what a class is named by."""

    def __init__(self, classes: int, inputs: int, rates: Floats, autostep: Floats) -> None:
        self.rates, self.lanes = rates, len(rates) + len(autostep)
        self.weights = np.zeros((self.lanes, classes, inputs))
        self.autostep = [Autostep(inputs, autostep) for _ in range(classes)]
        self.mixture = FixedShare(self.lanes)
        self.memory = Memory(np.zeros((classes, inputs)))
        self.worth = np.full(self.lanes, 1 / self.lanes)
        self.lane_loss = np.zeros((len(FORGETTING), self.lanes))
        self.candidate_loss = np.zeros(len(FORGETTING) + len(SHARES))
        self.faded = np.full(self.lanes, np.log(2))
        self.known = self.learned = self.restarts = 0
        self.shown = 0.0

    def chances(self, x: Floats) -> Floats:
        """Probabilities [lanes, known classes]."""
        score = self.weights[:, : self.known] @ x
        share = np.exp(score - score.max(axis=1, keepdims=True, initial=-np.inf))
        chances: Floats = share / share.sum(axis=1, keepdims=True)
        return chances

    def choices(self, p: Floats) -> Integers:
        """The lanes' classes; before any is known, the first."""
        return p.argmax(axis=1) if self.known else np.zeros(self.lanes, np.int64)

    def votes(self, p: Floats) -> Integers:
        """The candidates' classes."""
        choices = self.choices(p)
        if len(set(choices.tolist())) == 1:
            return np.full(len(self.candidate_loss), choices[0])
        voters = np.eye(self.known)[choices]
        hedges = (hedge(self.lane_loss, 2.0) @ voters).argmax(axis=1)
        return np.append(hedges, (self.mixture.weight @ p).argmax(axis=1))

    def predict(self, x: Floats) -> tuple[Floats, int]:
        """Probabilities of the known classes, and the label; -1 for none."""
        if self.known == 0:
            return np.empty(0), -1
        p = self.chances(x)
        tally = hedge(self.candidate_loss, 0.5) @ np.eye(self.known)[self.votes(p)]
        return self.mixture.belief @ self.mixture.weight @ p, int(tally.argmax())

    def learn(self, x: Floats, present: Mask, y: int, used: int) -> None:
        """Score, learn, and restart the laggards."""
        p = self.chances(x) if self.known else np.empty((self.lanes, 0))
        self.candidate_loss = (1 - 1e-3) * self.candidate_loss + (self.votes(p) != y)
        self.lane_loss = (1 - FORGETTING)[:, None] * self.lane_loss + (self.choices(p) != y)
        likelihood = np.maximum(p[:, y] if y < self.known else np.zeros(self.lanes), 1e-6)
        if y < self.known:
            scores = np.stack(self.memory.weights)[:, : self.known] @ x
            losses = np.log(np.exp(scores - scores[:, [y]]).sum(axis=1))
            self.memory.score(self.learned + 1, losses, self.mixture.loss(likelihood))
        self.mixture.learn(likelihood)
        self.faded = FADE * self.faded + (1 - FADE) * np.minimum(-np.log(likelihood), 8)
        self.learned += 1
        if self.learned % 32 == 0:
            self._show(used)
        self.known = max(self.known, y + 1)
        self._step(x, present, y)
        if self.learned % 50 == 0:
            self._restart()
        self.memory.act(self.weights, self.faded, self.worth, len(self.rates), self.learned)

    def _step(self, x: Floats, present: Mask, y: int) -> None:
        p = self.chances(x)
        grid = len(self.rates)
        of_label = p[:grid, y]
        bounded = self.rates / (1 + self.rates * (x @ x) * of_label * (1 - of_label))
        for label in range(self.known):
            error = (label == y) - p[:, label]
            bend = p[grid:, label] * (1 - p[grid:, label])
            self.weights[:grid, label] += np.outer(bounded * error[:grid], x)
            self.weights[grid:, label] += self.autostep[label].step(x, error[grid:], bend, present)

    def _show(self, used: int) -> None:
        rates = np.stack([one.rate[:, :used] for one in self.autostep[: self.known]])
        log_rates = np.append(np.log(self.rates), np.log(rates).mean(axis=(0, 2)))
        self.worth = self.mixture.belief @ self.mixture.weight
        self.shown = float(np.exp(self.worth @ log_rates))

    def _restart(self) -> None:
        leader = np.argmin(self.faded)
        for lane in range(len(self.rates)):
            if self.faded[lane] > 1.3 * self.faded[leader]:
                self.weights[lane] = self.weights[leader]
                self.faded[lane] = self.faded[leader]
                self.restarts += 1


class RaceForANumber:
    """Weights [lanes, inputs]; keeps every label, and looks at all of them each time."""

    def __init__(self, inputs: int, rates: Floats, autostep: Floats) -> None:
        self.rates, self.lanes = rates, len(rates) + len(autostep)
        self.weights = np.zeros((self.lanes, inputs))
        self.autostep = Autostep(inputs, autostep)
        self.loss = np.zeros(self.lanes)
        self.memory = Memory(np.zeros(inputs))
        self.worth = np.full(self.lanes, 1 / self.lanes)
        self.faded = np.ones(self.lanes)
        self.labels: list[float] = []
        self.restarts = 0
        self.shown = 0.0

    @property
    def weight(self) -> Floats:
        """Of each lane: they sum to 1."""
        weight = hedge(self.loss, 0.5)
        share: Floats = weight / weight.sum()
        return share

    def predict(self, x: Floats) -> float:
        """The number, in the label's units."""
        said = float(self.weight @ np.clip(self.weights @ x, -CLIP, CLIP))
        return float(np.mean(self.labels) + said * np.std(self.labels)) if self.labels else 0.0

    def learn(self, x: Floats, present: Mask, label: float, used: int) -> None:
        """Score, learn, and restart the laggards."""
        self.labels.append(label)
        deviation = float(np.std(self.labels))
        y = np.clip((label - np.mean(self.labels)) / deviation, -CLIP, CLIP) if deviation else 0.0
        said = np.clip(self.weights @ x, -CLIP, CLIP)
        error = y - said
        errors = y - np.clip(np.stack(self.memory.weights) @ x, -CLIP, CLIP)
        own = float(y - self.weight @ said)
        self.memory.score(len(self.labels), errors**2, own**2, 0.5)
        self.loss = (1 - 1 / 100) * self.loss + np.minimum(error**2, 4)
        self.faded = FADE * self.faded + (1 - FADE) * np.minimum(error**2, 8)
        if len(self.labels) % 32 == 0:
            mean = np.log(self.autostep.rate[:, :used]).mean(axis=1)
            self.worth = self.weight
            self.shown = float(np.exp(self.weight @ np.append(np.log(self.rates), mean)))
        grid = len(self.rates)
        step = self.rates * error[:grid] / (1 + self.rates * (x @ x))
        self.weights[:grid] += np.outer(step, x)
        bend = np.ones(self.lanes - grid)
        self.weights[grid:] += self.autostep.step(x, error[grid:], bend, present)
        if len(self.labels) % 50 == 0:
            self._restart()
        self.memory.act(self.weights, self.faded, self.worth, grid, len(self.labels))

    def _restart(self) -> None:
        leader = np.argmin(self.faded)
        for lane in range(len(self.rates)):
            if self.faded[lane] > 1.3 * self.faded[leader]:
                self.weights[lane] = self.weights[leader]
                self.faded[lane] = self.faded[leader]
                self.restarts += 1
