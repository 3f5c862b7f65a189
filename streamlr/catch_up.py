"""Catch-up: what to do when the stream is far ahead, after a long stop or a burst.

``learn`` takes every record as always. ``learn_only`` learns every one, but withholds predictions,
which come too late for anybody, until it has caught up: the state is that of ``learn``. ``skip``
leaves out the records between here and near the end: the state is that of a stream without them.
What was withheld or skipped is counted, and the counts are in every checkpoint.
"""

from streamlr.config import CatchUpConfig
from streamlr.records import Positions
from streamlr.sources import Lag


class CatchUp:
    """Whether we are behind: from one mark on, until the lag is below another."""

    def __init__(self, config: CatchUpConfig) -> None:
        self._config = config
        self.behind = False

    def look(self, lag: Lag) -> bool:
        """Take a new look; whether that changed anything."""
        records = sum(lag.records.values())
        limit = self._config.until_lag_below if self.behind else self._config.when_lag_above
        before, self.behind = self.behind, records > limit
        return self.behind != before

    def targets(self, learned: Positions, read: Positions, lag: Lag) -> Positions:
        """Where to go on when records are left out: as near to the end as ``until_lag_below``.

        Parameters
        ----------
        learned
            Positions before the records at hand.
        read
            Positions after them: what the lag counts from.
        lag
            As the source tells it; a partition that it does not know keeps its place.
        """
        share = self._config.until_lag_below // len(learned)
        ends = {partition: read[partition] + behind for partition, behind in lag.records.items()}
        return {
            partition: max(position, ends.get(partition, 0) - share)
            for partition, position in learned.items()
        }
