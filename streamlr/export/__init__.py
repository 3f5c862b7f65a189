"""Export: what a linear model knows, for whoever predicts without streamlr.

What is taken is how a probability, or a number, is said at that moment: the standardisation, every
lane's weights, and each lane's share in what all say together. Nothing of how it goes on learning
is in it.
"""

from streamlr.errors import ConfigurationError, did_you_mean
from streamlr.export import as_json, as_onnx
from streamlr.export.spoken import Spoken

FORMATS = {"json": as_json.written, "onnx": as_onnx.written}
"""Name → what makes a file's bytes of what is spoken."""


def written(spoken: Spoken, form: str) -> bytes:
    """The bytes of a file in one of ``FORMATS``.

    Raises
    ------
    ConfigurationError
        There is no such format; or it takes a package that is not installed.
    """
    if form not in FORMATS:
        choices = tuple(FORMATS)
        hint = did_you_mean(form, choices)
        raise ConfigurationError(f"format {form!r}: unknown{hint}; choose {' or '.join(choices)}")
    return FORMATS[form](spoken)
