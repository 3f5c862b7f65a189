"""How often a sample is learned: the model updates for each labelled sample.

A schedule sets the size of a step, this the number of steps: none where there is nothing to learn,
several where there is much. What is learned beside the sample at hand are the ones just before it,
most recent first, from a buffer; they are not scored again. A component offers

``due(state, loss, signal) -> int``
    called once a labelled sample, with its loss and the drift detector's signal: how many updates
    to make now;
``keep(state, inputs, target)``
    take the sample into the buffer, whether it is learned or not;
``recall(state, back, inputs) -> float``
    fill ``inputs`` with those of the sample that came ``back`` before the latest kept, and return
    its target. ``back`` is less than what ``due`` said.

``loss`` is what the evaluation says of the sample: log-loss in nats, or the squared error in
standard deviations of the label.
"""
