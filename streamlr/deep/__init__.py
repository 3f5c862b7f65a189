"""Networks of torch's in the kernel's place for a model: forward and step a batch at a time.

Their weights change every so many learned samples, counted from the beginning of the state's life.
Between two steps the kernel needs no interpreter: :mod:`streamlr.deep.batches` asks the network for
the outputs of the rows to come, which go beside their inputs, and cuts a poll where a step is due.
"""
