"""Options of a stream: a frozen record, ranges in its types, errors that say what is allowed."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Options(BaseModel):
    """Base of every stream's ``Config``: unknown keys are errors, values are checked, not mended.

    Each field is an ``int`` or a ``float`` with a default, a lower and an upper bound (inclusive)
    and a description.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


AnyOptions = TypeVar("AnyOptions", bound=Options)


def build(config: type[AnyOptions], options: Mapping[str, object]) -> AnyOptions:
    """Make the record of a stream's options; those not given take their defaults.

    Raises
    ------
    ValueError
        On one line, all that is wrong: the key, the value, what is allowed.
    """
    try:
        return config.model_validate(dict(options))
    except ValidationError as error:
        raise ValueError("; ".join(_explanations(config, error))) from None


def defaults(config: type[Options]) -> str:
    """Return the options and their defaults as ``key=value`` words; empty when there is none."""
    return " ".join(f"{key}={field.default}" for key, field in config.model_fields.items())


def _explanations(config: type[Options], error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        match problem:
            case {"loc": (str(key),), "type": "extra_forbidden"}:
                allowed = ", ".join(config.model_fields) or "none"
                yield f"unknown option {key}={problem['input']!r}; allowed: {allowed}"
            case {"loc": (str(key),)}:
                yield f"{key}={problem['input']!r} must be {_allowed(config, key)}"
            case _:  # of no single key: a check between options, which words its own message
                yield str(problem["ctx"]["error"])


def _allowed(config: type[Options], key: str) -> str:
    schema = config.model_json_schema()["properties"][key]
    kind = "an integer" if schema["type"] == "integer" else "a number"
    return f"{kind} from {schema['minimum']} to {schema['maximum']}"
