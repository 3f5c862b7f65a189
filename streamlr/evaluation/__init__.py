"""Evaluation: predictions against labels, each prediction made before its label was used.

A component offers ``TASKS``, what it can score; ``update(state, truth, said, chance, certainty)``
for the kernel, ``chance`` being what was given to the truth and ``certainty`` what was given to
what was said; and ``metrics(state)`` for whoever reads.
"""

INTERNAL = ("sums",)
"""Files that are no component: what several use."""
