"""The default learner in plain NumPy, written from the docstrings' formulas and for reading only.

Nothing is updated that could be computed anew, nothing is shared with streamlr, and lanes are
vectors. Labels are 0.0 and 1.0.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHARES = [1e-5, 1e-4, 1e-3, 1e-2, 5e-2]
FORGETTING = np.array([1e-5, 1e-4, 1e-3, 1e-2, 5e-2])
FADE = 0.5 ** (1 / 100)


class Scaling:
    """Keeps every row, and looks at all of them each time."""

    def __init__(self, rows: Floats, clip: float = 6.0) -> None:
        self.rows, self.clip = rows, clip

    def __call__(self, at: int) -> Floats:
        """Row ``at`` standardised by the rows before, and the bias."""
        columns = zip(self.rows[at], self.rows[:at].T, strict=True)
        return np.array([*(self._scaled(value, before) for value, before in columns), 1.0])

    def _scaled(self, value: float, before: Floats) -> float:
        seen = before[~np.isnan(before)]
        if np.isnan(value) or len(seen) == 0 or seen.max() == seen.min():
            return 0.0
        return float(np.clip((value - seen.mean()) / seen.std(), -self.clip, self.clip))


class Lanes:
    """Weights [lanes, inputs]: first those with one rate, then those driven by Autostep."""

    def __init__(self, inputs: int, rates: Floats, autostep: Floats) -> None:
        self.rates = rates
        self.weights = np.zeros((len(rates) + len(autostep), inputs))
        self.autostep = Autostep(inputs, autostep)

    def predict(self, x: Floats) -> Floats:
        """P(class 1) by each lane."""
        chance: Floats = 1 / (1 + np.exp(-self.weights @ x))
        return chance

    def learn(self, x: Floats, y: float) -> None:
        """Move all lanes by one sample."""
        p = self.predict(x)
        grid = len(self.rates)
        own = p[:grid]
        step = self.rates * (y - own) / (1 + self.rates * (x @ x) * own * (1 - own))
        self.weights[:grid] += np.outer(step, x)
        driven = p[grid:]
        self.weights[grid:] += self.autostep.step(x, y - driven, driven * (1 - driven))


class Autostep:
    """Rates of each weight [lanes, inputs]."""

    def __init__(self, inputs: int, settings: Floats) -> None:
        self.meta_rate, initial = settings.T
        self.rate = np.repeat(initial[:, None], inputs, axis=1)
        self.trace = np.zeros_like(self.rate)
        self.scale = np.zeros_like(self.rate)

    def step(self, x: Floats, error: Floats, bend: Floats, present: npt.ArrayLike = True) -> Floats:
        """Steps of the weights; inputs that are not ``present`` take no part."""
        alpha, h, v, tau = self.rate, self.trace, self.scale, 1e4
        gradient = np.outer(error, x)
        curvature = np.outer(bend, x**2)
        m = gradient * h
        v = np.maximum(np.abs(m), v + alpha * curvature / tau * (np.abs(m) - v))
        exponent = self.meta_rate[:, None] * np.divide(m, v, out=np.zeros_like(m), where=v > 0)
        alpha = alpha * np.exp(exponent)
        shrink = np.maximum(1, (alpha * curvature).sum(axis=1, keepdims=True))
        alpha = alpha / np.where(present, shrink, 1)
        self.trace = h * np.maximum(0, 1 - alpha * curvature) + alpha * gradient
        self.rate, self.scale = alpha, v
        step: Floats = alpha * gradient
        return step


class FixedShare:
    """Mixtures [mixtures, lanes], mixed by Bayes' rule."""

    def __init__(self, lanes: int) -> None:
        self.weight = np.full((len(SHARES), lanes), 1 / lanes)
        self.belief = np.full(len(SHARES), 1 / len(SHARES))

    def answers(self, p: Floats) -> Floats:
        """P(class 1) by each mixture."""
        return self.weight @ p

    def loss(self, likelihood: Floats) -> float:
        """Of what all say together."""
        return -float(np.log(self.belief @ self.weight @ likelihood))

    def learn(self, likelihood: Floats) -> None:
        """Reweigh."""
        evidence = self.weight @ likelihood
        share = np.array(SHARES)[:, None]
        posterior = self.weight * likelihood / evidence[:, None]
        self.weight = (1 - share) * posterior + share / len(likelihood)
        self.belief = self.belief * evidence / (self.belief @ evidence)


class Ballot:
    """Discounted losses, never shifted."""

    def __init__(self, lanes: int) -> None:
        self.lane_loss = np.zeros((len(FORGETTING), lanes))
        self.candidate_loss = np.zeros(len(FORGETTING) + len(SHARES))

    def votes(self, p: Floats, mixed: Floats) -> Floats:
        """1 or -1 of each candidate."""
        lane_votes = signs(p >= 0.5)
        if abs(lane_votes.sum()) == len(p):
            return np.full(len(self.candidate_loss), lane_votes[0])
        balance = (hedge(self.lane_loss, 2.0) * lane_votes).sum(axis=1)
        return np.append(signs(balance >= 0), signs(mixed >= 0.5))

    def learn(self, p: Floats, mixed: Floats, y: float) -> None:
        """Score lanes and candidates."""
        missed = self.votes(p, mixed) != signs(y > 0.5)
        self.candidate_loss = (1 - 1e-3) * self.candidate_loss + missed
        self.lane_loss = (1 - FORGETTING)[:, None] * self.lane_loss + ((p >= 0.5) != (y > 0.5))


def signs(condition: npt.ArrayLike) -> Floats:
    """1 where true, -1 where false."""
    return np.where(condition, 1.0, -1.0)


def hedge(losses: Floats, rate: float) -> Floats:
    """Weights of hedge, the best one's set to 1."""
    weights: Floats = np.exp(-rate * (losses - losses.min(axis=-1, keepdims=True)))
    return weights


class Memory:
    """Weights of the past: those that know nothing, at first."""

    def __init__(self, nothing: Floats, slots: int = 4) -> None:
        self.weights = [nothing] * slots
        self.faded = np.full(slots, 8.0)
        self.ahead = np.zeros(slots)
        self.used = np.zeros(slots, np.int64)
        self.most = 0.0
        self.noted = self.recalls = 0

    def score(self, learned: int, losses: Floats, own: float, nats: float = 1.0) -> None:
        """Compare the slots that are in use with what was said, on every other sample at least."""
        if learned % 2 == 1 and self.most <= 0.5:
            return
        gain = min(nats * own, 1.5) - np.minimum(nats * losses, 4) - 0.05
        faded = FADE * self.faded + (1 - FADE) * np.minimum(losses, 8)
        self.ahead = np.where(self.used, np.maximum(0, self.ahead + gain), 0)
        self.faded = np.where(self.used, faded, 8)
        self.most = self.ahead.max()

    def act(self, weights: Floats, faded: Floats, worth: Floats, grid: int, learned: int) -> None:
        """Recall one, or note the lane that is worth most."""
        slot = int(np.argmax(self.ahead))
        if self.ahead[slot] > 7:
            weights[:grid], faded[:grid] = self.weights[slot], faded.min()
            self.ahead[:] = self.most = 0
            self.used[slot] = self.noted = learned
            self.recalls += 1
        elif learned - self.noted >= 1000:
            leader, known = int(np.argmax(worth)), int(np.argmin(self.faded))
            same = self.faded[known] <= 1.5 * faded[leader]
            place = known if same else int(np.argmin(self.used))
            self.weights[place] = weights[leader].copy()
            self.faded[place], self.ahead[place] = faded[leader], 0
            self.used[place] = self.noted = learned


class Race:
    """The default schedule and the lanes it drives."""

    def __init__(self, inputs: int, rates: Floats, autostep: Floats) -> None:
        self.lanes = Lanes(inputs, rates, autostep)
        lanes = len(rates) + len(autostep)
        self.mixture = FixedShare(lanes)
        self.ballot = Ballot(lanes)
        self.memory = Memory(np.zeros(inputs))
        self.worth = np.full(lanes, 1 / lanes)
        self.faded = np.full(lanes, np.log(2))
        self.learned = 0
        self.restarts = 0
        self.shown = 0.0

    def predict(self, x: Floats) -> tuple[float, float]:
        """P(class 1), and the label."""
        p = self.lanes.predict(x)
        answers = self.mixture.answers(p)
        balance = self.ballot.votes(p, answers) @ hedge(self.ballot.candidate_loss, 0.5)
        return float(self.mixture.belief @ answers), float(balance >= 0)

    def learn(self, x: Floats, y: float) -> None:
        """Score, learn, and restart the laggards."""
        p = self.lanes.predict(x)
        self.ballot.learn(p, self.mixture.answers(p), y)
        likelihood = np.maximum(p if y > 0.5 else 1 - p, 1e-6)
        margins = (2 * y - 1) * (np.stack(self.memory.weights) @ x)
        losses = np.log1p(np.exp(-margins))
        self.memory.score(self.learned + 1, losses, self.mixture.loss(likelihood))
        self.mixture.learn(likelihood)
        self.faded = FADE * self.faded + (1 - FADE) * np.minimum(-np.log(likelihood), 8)
        self.learned += 1
        if self.learned % 32 == 0:
            self._show()
        self.lanes.learn(x, y)
        if self.learned % 50 == 0:
            self._restart()
        grid = len(self.lanes.rates)
        self.memory.act(self.lanes.weights, self.faded, self.worth, grid, self.learned)

    def _show(self) -> None:
        log_rates = np.append(
            np.log(self.lanes.rates), np.log(self.lanes.autostep.rate).mean(axis=1)
        )
        self.worth = self.mixture.belief @ self.mixture.weight
        self.shown = float(np.exp(self.worth @ log_rates))

    def _restart(self) -> None:
        leader = np.argmin(self.faded)
        for lane in range(len(self.lanes.rates)):
            if self.faded[lane] > 1.3 * self.faded[leader]:
                self.lanes.weights[lane] = self.lanes.weights[leader]
                self.faded[lane] = self.faded[leader]
                self.restarts += 1


def recent_rate(values: Floats) -> float:
    """Return the mean of all, in which a value counts for 1/32 at least while it is the latest."""
    rate = 0.0
    for count, value in enumerate(values, start=1):
        weight = max(1 / count, 1 / 32)
        rate = (1 - weight) * rate + weight * value
    return rate
