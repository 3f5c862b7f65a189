"""Passwords and tokens in the configuration: never shown, not in an error, a log line or a repr."""

from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

SHOWN = "**********"
"""What stands in a password's place, as pydantic writes it."""


class _Hidden:
    """What stands for a password that is not a string, where an error quotes the value."""

    def __repr__(self) -> str:
        return SHOWN


def _hide(value: Any) -> Any:  # noqa: ANN401 - unchecked
    return value if isinstance(value, str | SecretStr | None) else _Hidden()


Secret = Annotated[SecretStr, BeforeValidator(_hide)]
"""A key of the configuration that holds one."""
