"""Backtest: a stream through the daemon's own pipeline, once for each schedule, and a comparison.

Prequential, in the stream's order, one pass: what is measured here is what the daemon would have
done. ``plan.py`` reads what was asked for, ``topic_range.py`` fetches records from Kafka,
``run.py`` is one run, ``side_by_side.py`` has several at a time, ``regret.py`` compares them with
the best fixed rate in hindsight; ``table.py``, ``page.py`` and ``plots.py`` show it all.
"""
