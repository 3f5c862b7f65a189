"""Drift that is seen without labels: fields, predictions and their confidence that shift.

While labels come, errors tell of drift (:mod:`streamlr.detectors`). When they stop, or never were,
what is left is how records are spread: ``watch.py`` decides what is compared with what, and when;
``reference.py`` keeps a sample of the past and compares a block of records with it;
``histograms.py`` counts. All of it is told to people and learned from by nobody.
"""
