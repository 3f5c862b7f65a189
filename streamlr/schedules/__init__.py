"""Learning-rate schedules: the stream's progress, the model's metrics and drift → the next step.

A component offers

``lanes(config) -> int``
    how many learners it wants side by side in the model;
``read_out(state, probability, answer)``
    the lanes' predictions → ``answer[0]``, P(class 1), and ``answer[1]``, the label as 0.0 or 1.0;
``update(state, probability, target, loss, signal, severity) -> int``
    called once a labelled sample, before learning, with what was predicted for it: sets
    ``state.rates`` for this very step and returns an index into ``REASONS`` when the exported rate
    changed for a reason worth telling, else 0;
``move(state, weights, inputs, probability, target)``
    moves those lanes that keep a rate for each weight (the ones beyond ``len(state.rates)``);
``rate(state) -> float``
    the one learning rate that operators see; it changes nothing.

and in its state ``rates`` [lanes with one rate], and ``change`` [3]: old rate, new rate and
evidence of the latest change told.
"""

INTERNAL = ("autostep", "ballot", "fixed_share")
"""Files of this kind that other components use and nobody configures by name."""
