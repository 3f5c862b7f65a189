"""Several categorical fields as one: each combination of their values is a value of its own.

Missing where one of them is. A combination has weights of its own, as any other value has: of how
many, ``[features] buckets`` says.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Key

from streamlr import category_codes
from streamlr.components import ComponentConfig
from streamlr.derivations import Derivation, Field, OfOneRecord, Rows


class Config(ComponentConfig):
    """Several categorical fields as one."""

    type: Literal["cross"] = "cross"
    fields: Annotated[tuple[Annotated[str, Key(min_length=1)], ...], Key(min_length=2)] = Key(
        description="two or more of them", examples=[["shop", "product"]]
    )
    name: str = Key("", description="of the column; empty: the fields, joined by *")


def build(config: Config, task: str) -> Derivation:  # noqa: ARG001 - one signature for all
    """Nothing to prepare."""
    return Cross(config)


class Cross(OfOneRecord):
    """See :class:`streamlr.derivations.Derivation`."""

    numbers = ()

    def __init__(self, config: Config) -> None:
        self.fields = tuple(Field("fields", name, "category") for name in config.fields)
        self.categories = (config.name or "*".join(config.fields),)
        self._seed = category_codes.seed(self.categories[0])

    def derive(self, rows: Rows, *, remember: bool) -> np.ndarray:  # noqa: ARG002 - one signature for all
        """Hash the values' codes together."""
        return category_codes.of_several(rows.columns, self._seed)[:, None]
