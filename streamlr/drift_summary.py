"""What the learning rate did around each known change point of a simulated stream."""

from dataclasses import dataclass
from math import exp, log

from rich.table import Table

from streamlr import figures, headlines
from streamlr.service import Service

_BEFORE = 2000  # samples before a change that show the settled rate
_ROWS_SHOWN = 20


@dataclass(slots=True)
class _Concept:
    """From one change point to the next."""

    began: int
    highest: float = 0.0
    log_sum: float = 0.0
    points: int = 0
    score: float = float("nan")

    @property
    def settled(self) -> float:
        """Geometric mean of the rate over the concept's last samples."""
        return exp(self.log_sum / self.points) if self.points else float("nan")


class DriftSummary:
    """Follows the rate from change point to change point.

    Notes
    -----
    A real stream does not say where it drifts; this knows the simulator's change points, and
    shows them beside what the schedule did.
    """

    def __init__(self) -> None:
        self._concepts = [_Concept(0)]
        self._points: list[int] = []
        self._known_until = 0
        self._metric = ""

    def note(self, service: Service) -> None:
        """Take in the rate after a poll."""
        stream = getattr(service.source, "stream", None)
        if stream is None:
            return
        pipelines = service.units.figures_of
        learned = figures.learned(pipelines)
        if learned > self._known_until:
            self._known_until = 2 * learned + 100_000
            self._points = stream.change_points(self._known_until)
        while len(self._concepts) <= len(self._points) and self._next() < learned:
            self._concepts.append(_Concept(self._next()))
        concept, rate = self._concepts[-1], figures.learning_rate(pipelines)
        concept.highest = max(concept.highest, rate)
        if learned > self._next() - _BEFORE:
            concept.log_sum += log(rate)
            concept.points += 1
            windowed = figures.metrics(pipelines)["windowed"]
            self._metric = headlines.chief(windowed)
            concept.score = windowed[self._metric]

    def _next(self) -> int:
        place = len(self._concepts) - 1
        return self._points[place] if place < len(self._points) else self._known_until

    def table(self) -> Table | None:
        """The rate before, highest after, and settled again, drift by drift."""
        drifts = list(zip(self._concepts, self._concepts[1:], strict=False))
        if not drifts:
            return None
        table = Table(title="the learning rate around each known drift")
        for column in (
            "drift at",
            "rate before",
            "highest after",
            "rise",
            "settled again",
            f"{self._metric} then",
        ):
            table.add_column(column, justify="right")
        for before, after in drifts[-_ROWS_SHOWN:]:
            again = after.points > 0
            table.add_row(
                f"{after.began:,}",
                f"{before.settled:.4g}",
                f"{after.highest:.4g}",
                f"× {after.highest / before.settled:.1f}",
                f"{after.settled:.4g}" if again else "–",
                headlines.text(self._metric, after.score) if again else "–",
            )
        return table
