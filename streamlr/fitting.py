"""Fitting: what a configuration leaves open follows from the fields, once they are known."""

from dataclasses import replace

from streamlr import registry
from streamlr.config import Configuration


def to_texts(config: Configuration, texts: int) -> Configuration:
    """The configuration of a stream with so many texts: more weights, in fewer lanes.

    What was configured stays. A component that has other defaults for texts offers
    ``of_texts(config)``.
    """
    if texts == 0:
        return config
    fitted = {}
    for table, kind in (("features", "features"), ("schedule", "schedules")):
        settings = getattr(config, table)
        of_texts = getattr(registry.load(kind, settings.type), "of_texts", None)
        fitted[table] = of_texts(settings) if of_texts else settings
    return replace(config, **fitted)
