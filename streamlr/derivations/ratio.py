"""One number divided by another: missing where either is, and where the divisor is 0."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Key

from streamlr.components import ComponentConfig
from streamlr.derivations import Derivation, Field, OfOneRecord, Rows


class Config(ComponentConfig):
    """One number divided by another."""

    type: Literal["ratio"] = "ratio"
    numerator: Annotated[str, Key(min_length=1)] = Key(
        description="field that is divided", examples=["paid"]
    )
    denominator: Annotated[str, Key(min_length=1)] = Key(
        description="field that it is divided by", examples=["price"]
    )
    name: str = Key("", description="of the column; empty: numerator/denominator")


def build(config: Config, task: str) -> Derivation:  # noqa: ARG001 - one signature for all
    """Nothing to prepare."""
    return Ratio(config)


class Ratio(OfOneRecord):
    """See :class:`streamlr.derivations.Derivation`."""

    categories = ()

    def __init__(self, config: Config) -> None:
        self.fields = (
            Field("numerator", config.numerator, "number"),
            Field("denominator", config.denominator, "number"),
        )
        self.numbers = (config.name or f"{config.numerator}/{config.denominator}",)

    def derive(self, rows: Rows, *, remember: bool) -> np.ndarray:  # noqa: ARG002 - one signature for all
        """Divide."""
        numerator, denominator = rows.columns.T
        divisor = np.where(denominator == 0.0, np.nan, denominator)
        with np.errstate(over="ignore"):  # infinite, which the scaling clips
            return (numerator / divisor)[:, None]  # type: ignore[no-any-return]
