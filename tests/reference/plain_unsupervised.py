"""K-means, PCA and their race for the least distance in plain NumPy, for reading only."""

from typing import Protocol

import numpy as np

from tests.reference.plain import FADE, Floats, hedge


class Learner(Protocol):
    """One lane."""

    def distance(self, x: Floats) -> float:
        """Root mean square, an input, to the nearest that is expected."""
        ...

    def learn(self, x: Floats) -> None:
        """Move at the lane's rate."""
        ...

    def be(self, other: "Learner") -> None:
        """Know what another lane knows, and keep the rate."""
        ...


class KMeans:
    """Centroids; none is ever dead."""

    def __init__(self, clusters: int, rate: float) -> None:
        self.clusters, self.rate = clusters, rate
        self.centroids: list[Floats] = []
        self.won: list[int] = []

    def distances(self, x: Floats) -> Floats:
        """To every centroid."""
        return np.array([np.sqrt(np.mean((x - centroid) ** 2)) for centroid in self.centroids])

    def distance(self, x: Floats) -> float:
        """To the nearest; to the mean, which is 0, before there is one."""
        return float(self.distances(x).min() if self.centroids else np.sqrt(np.mean(x**2)))

    def learn(self, x: Floats) -> None:
        """Begin a centroid, or move the nearest."""
        if len(self.centroids) < self.clusters and (not self.centroids or self.distance(x) > 0):
            self.centroids.append(x.copy())
            self.won.append(1)
            return
        nearest = int(self.distances(x).argmin())
        self.won[nearest] += 1
        share = max(1 / self.won[nearest], self.rate / (1 + self.rate))
        self.centroids[nearest] = (1 - share) * self.centroids[nearest] + share * x

    def be(self, other: "Learner") -> None:
        """Take the centroids over, and what they have won."""
        assert isinstance(other, KMeans)
        self.centroids = [centroid.copy() for centroid in other.centroids]
        self.won = list(other.won)


class Pca:
    """A basis [inputs, components], made orthonormal by QR."""

    def __init__(self, fields: int, components: int, rate: float) -> None:
        place, order = np.arange(fields)[:, None], np.arange(components)[None, :]
        self.basis, self.rate = np.cos(np.pi * (place + 0.5) * order / fields), rate
        self._orthonormalise()

    def _orthonormalise(self) -> None:
        q, r = np.linalg.qr(self.basis)
        self.basis = q * np.sign(np.diag(r))

    def distance(self, x: Floats) -> float:
        """To the subspace."""
        return float(np.sqrt(np.mean((x - self.basis @ (self.basis.T @ x)) ** 2)))

    def learn(self, x: Floats) -> None:
        """Turn towards x."""
        step = self.rate / (1 + self.rate * (x @ x))
        self.basis = self.basis + step * np.outer(x, self.basis.T @ x)
        self._orthonormalise()

    def be(self, other: "Learner") -> None:
        """Take the basis over."""
        assert isinstance(other, Pca)
        self.basis = other.basis.copy()


class Race:
    """Lanes that differ in their rates."""

    def __init__(self, lanes: list[Learner]) -> None:
        self.lanes = lanes
        self.loss, self.faded = np.zeros(len(lanes)), np.ones(len(lanes))
        self.learned = self.restarts = 0

    def say(self, x: Floats) -> float:
        """The distance, read out of all lanes."""
        weight = hedge(self.loss, 0.5)
        return float(weight @ [lane.distance(x) for lane in self.lanes] / weight.sum())

    def learn(self, x: Floats) -> None:
        """Score, learn, and restart the laggards."""
        squares = np.array([lane.distance(x) for lane in self.lanes]) ** 2
        self.loss = (1 - 1 / 100) * self.loss + np.minimum(squares, 4)
        self.faded = FADE * self.faded + (1 - FADE) * np.minimum(squares, 8)
        for lane in self.lanes:
            lane.learn(x)
        self.learned += 1
        if self.learned % 50 == 0:
            leader = int(np.argmin(self.faded))
            for place, lane in enumerate(self.lanes):
                if self.faded[place] > 1.3 * self.faded[leader]:
                    lane.be(self.lanes[leader])
                    self.faded[place] = self.faded[leader]
                    self.restarts += 1
