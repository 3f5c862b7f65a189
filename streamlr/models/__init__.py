"""Models: inputs → a prediction a lane, learnt in bounded steps.

A lane is one learner with its own learning rate. Arrays over lanes keep the lane axis last and
contiguous, so that the compiler vectorises over it; it works fastest on a multiple of four lanes. A
component offers ``TASKS``, what it can learn; ``predict(state, inputs, known)``, which fills
``state.prediction`` [known outputs * lanes], output by output; and ``learn(state, inputs, target,
rates, known)``, which moves the first ``len(rates)`` lanes of each output from the prediction just
made. ``known`` is how many outputs are in use (:mod:`streamlr.tasks`). ``SCRATCH`` names the arrays
of its state that ``predict`` writes, from nothing but what it is given; it only reads the others.
A component with ``LINEAR = True`` predicts from a weighted sum of the inputs, one column of
``state.weights`` [rows, outputs * lanes] an output: schedules that work out gradients serve no
other. One with ``TEXTS = True`` takes inputs whose sparse part is of another length each time, as
words are. One with ``COPIED = True`` has all that a lane has learned in ``state.weights`` [rows,
columns * lanes], so that one can be copied to another. One with ``GROUPS = True`` says which
cluster a record is of (:mod:`streamlr.tasks.unsupervised`).

One that cannot be compiled offers, in their place, a class ``Learner`` with these two as methods,
and ``arrays`` and ``fill`` for checkpoints (:class:`streamlr.models.in_python.Learner`);
``misfit(config, task)``, why it is not one for the task; ``takes_weight(config)``, whether samples
may count unlike; and ``OWNER``, the library's name. With ``SCALED = False`` it is given the
fields as they came, else inputs as streamlr's own are, and standardised labels
(:mod:`streamlr.stagewise`).

A component may offer ``variant(task)``: the module that is run in its place; and
``brings(config)``: lanes that it has of itself beside the schedule's, each kind with its rates
(:class:`streamlr.components.Brought`). They are the last ones of each output, and it moves them by
itself; only a schedule that races lanes can do with such a model. ``settle(config, shape)`` is
called once the sizes are known: it tells what follows from them, or why it cannot do with them.
"""

INTERNAL = ("in_python", "mapping", "self_training")
"""Parts that a model of this kind is made of, which nobody configures by name."""
