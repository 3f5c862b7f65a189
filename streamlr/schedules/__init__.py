"""Learning-rate schedules: the stream's progress, the model's metrics and drift → the next step.

A component offers

``lanes(config) -> int``
    how many learners it wants side by side in the model;
``read_out(state, prediction, answer) -> int``
    the lanes' predictions [known outputs * lanes] → what they say together, into ``answer``
    [outputs], and the class voted for, or ``NO_VOTE``;
``update(state, prediction, target, loss, signal, severity, inputs) -> int``
    called once a labelled sample, before learning, with what was predicted for it: sets
    ``state.rates`` for this very step and returns an index into ``REASONS`` when the exported rate
    changed for a reason worth telling, else 0;
``move(state, weights, inputs, prediction, target)``
    moves those lanes that keep a rate for each weight (the ones beyond ``len(state.rates)``);
``rate(state) -> float``
    the one learning rate that operators see; it changes nothing;

and in its state ``rates`` [lanes with one rate], and ``change`` [3]: old rate, new rate and
evidence of the latest change told. ``FAMILY`` says what moves the rate: ``"static"``: the number of
samples; ``"dynamic"``: the model's own metrics as well; ``"adaptive"``: metrics, data and drift.

A component with ``USES_GRADIENTS = True`` works out the gradient of our own linear models, and so
serves no other. One of which only some parts do offers ``grid_alone(config, copied)``: its table
without them, for a model whose lanes can be ``copied`` or not.

A component may offer ``variant(task)``: the module that is run in its place; and ``SCRATCH``, the
dotted names of those arrays of its state that ``read_out`` writes, from nothing but what it is
given: it only reads the others. One whose ``Config`` is a
:class:`streamlr.schedules.constant.OneRate` may have a warm-up before it
(:mod:`streamlr.schedules.warm_up`). One whose state has ``standing``
(:class:`streamlr.schedules.racing.standing.State`) has its leading lanes shown to operators.
"""

FAMILIES = ("static", "dynamic", "adaptive")
INTERNAL = ("bounds", "by_weight", "gradient", "racing", "warm_up")
"""Files of this kind that other components use and nobody configures by name."""
