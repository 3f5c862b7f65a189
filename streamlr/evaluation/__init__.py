"""Evaluation: predictions against labels, each prediction made before its label was used.

A component offers ``update(state, label, predicted, probability)`` for the kernel and
``metrics(state)`` for whoever reads.
"""
