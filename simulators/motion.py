"""Motion within bounds, as a function of time alone."""

from simulators.stream import Floats


def reflect(position: Floats) -> Floats:
    """Fold straight motion into [0, 1], as if it bounced off both ends (a wave of period 2).

    What bounces can be placed at any time without following it there.
    """
    return 1.0 - abs(1.0 - position % 2.0)
