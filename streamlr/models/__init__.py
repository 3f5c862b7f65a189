"""Models: inputs → a prediction a lane, learnt in bounded steps.

A lane is one learner with its own learning rate. Arrays over lanes keep the lane axis last and
contiguous, so that the compiler vectorises over it; it works fastest on a multiple of four lanes. A
component offers ``predict(state, inputs)``, which fills ``state.probability`` [lanes], and
``learn(state, inputs, target, rates)``, which moves the first ``len(rates)`` lanes.
"""
