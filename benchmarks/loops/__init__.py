"""What people write by hand today: opponents, each as good as its author would make it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the loop did.

    Attributes
    ----------
    learned
        Records.
    accuracy
        Prequential, a fraction.
    alarms
        Of ADWIN.
    cpu_seconds
        Of the whole process, from the first poll with records to the last record.
    """

    learned: int
    accuracy: float
    alarms: int
    cpu_seconds: float
