"""The table ``[source.security]`` or ``[sink.security]``: whom a client trusts and who it is.

One set of keys for both clients. A password is never shown: not in an error, a log line or a
``repr``.
"""

import errno
import os
import ssl
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError
from streamlr.passwords import Secret

_TLS = ("ssl", "sasl_ssl")
_LOGIN = ("sasl_plaintext", "sasl_ssl")
_MECHANISMS = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"


class Security(ComponentConfig):
    """Encryption and login."""

    protocol: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", description="what the listener speaks: ssl encrypts, sasl asks for a login"
    )
    ca_file: Path | None = Field(
        None, description="authorities to trust, PEM; none: the system's own"
    )
    certificate_file: Path | None = Field(None, description="the client's certificate, PEM")
    key_file: Path | None = Field(
        None, description="its key, PEM; none: it is in certificate_file too"
    )
    verify_hostname: bool = Field(
        default=True, description="whether the broker's certificate must name the host connected to"
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = Field(
        None, validate_default=True, description="how to log in"
    )
    username: str = Field(
        "", validate_default=True, description="user; with OAUTHBEARER the client's id"
    )
    password: Secret | None = Field(
        None, description="its password; with OAUTHBEARER the client's secret"
    )
    password_file: Path | None = Field(
        None, validate_default=True, description="file that holds the password"
    )
    token_endpoint: str = Field(
        "", validate_default=True, description="URL that OAUTHBEARER gets its tokens from"
    )
    scope: str = Field("", description="scope to ask the token endpoint for")

    @property
    def encrypted(self) -> bool:
        """Whether connections are TLS."""
        return self.protocol in _TLS

    @property
    def asks_for_login(self) -> bool:
        """Whether the client logs in."""
        return self.protocol in _LOGIN

    @field_validator("ca_file", "certificate_file", "key_file")
    @classmethod
    def _needs_tls(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if path is not None and others.data.get("protocol") not in (*_TLS, None):
            raise _fault("needs protocol = 'ssl' or 'sasl_ssl'")
        if path is not None and others.field_name == "key_file":
            _require("certificate_file", others)
        return path

    @field_validator("verify_hostname")
    @classmethod
    def _needs_encryption(cls, verify: bool, others: ValidationInfo) -> bool:  # noqa: FBT001 - a key
        if not verify and others.data.get("protocol") not in (*_TLS, None):
            raise _fault("needs protocol = 'ssl' or 'sasl_ssl'")
        return verify

    @field_validator("mechanism")
    @classmethod
    def _goes_with_protocol(cls, mechanism: str | None, others: ValidationInfo) -> str | None:
        protocol = others.data.get("protocol", "")
        if mechanism is None and protocol in _LOGIN:
            raise _fault(f"protocol = '{protocol}' needs one of: {_MECHANISMS}")
        if mechanism is not None and protocol not in (*_LOGIN, ""):
            raise _fault("needs protocol = 'sasl_plaintext' or 'sasl_ssl'")
        return mechanism

    @field_validator("username", "token_endpoint")
    @classmethod
    def _goes_with_mechanism(cls, value: str, others: ValidationInfo) -> str:
        mechanism = others.data.get("mechanism")
        is_url = others.field_name == "token_endpoint"
        wanted = mechanism == "OAUTHBEARER" or (mechanism is not None and not is_url)
        if wanted and not value:
            raise _fault(f"mechanism = '{mechanism}' needs it")
        if value and not wanted and "mechanism" in others.data:
            allowed = "OAUTHBEARER" if is_url else f"one of: {_MECHANISMS}"
            raise _fault(f"needs mechanism = {allowed}")
        if value and is_url and not value.startswith(("https://", "http://")):
            raise _fault("must begin with https:// or http://")
        return value

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if "password" not in others.data or "mechanism" not in others.data:
            return path  # its own fault is told
        inline, wanted = others.data["password"] is not None, others.data["mechanism"] is not None
        if wanted and not inline and path is None:
            raise _fault("set it, or password")
        if inline and path is not None:
            raise _fault("password is set too; keep one of them")
        if not wanted and (inline or path is not None):
            raise _fault(f"a password needs mechanism = one of: {_MECHANISMS}")
        return path

    def secret(self, table: str) -> str:
        """The password, read from its file where it has one.

        Raises
        ------
        ConfigurationError
            The file cannot be read, or is empty.
        """
        if self.password_file is None:
            return self.password.get_secret_value() if self.password else ""
        try:
            text = self.password_file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(table, "password_file", self.password_file, error) from error
        if not text:
            raise ConfigurationError(f"[{table}.security] password_file: it is empty")
        return text

    def context(self, table: str) -> ssl.SSLContext:
        """What to trust and to show in TLS.

        Raises
        ------
        ConfigurationError
            A file cannot be read, or does not hold what it should.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = self.verify_hostname
        if self.ca_file is None:
            context.load_default_certs()
        else:
            try:
                context.load_verify_locations(self.ca_file)
            except OSError as error:
                raise _unreadable(table, "ca_file", self.ca_file, error) from error
        if self.certificate_file is not None:
            self._show(context, table, self.certificate_file)
        return context

    def _show(self, context: ssl.SSLContext, table: str, certificate: Path) -> None:
        for key, path in (("certificate_file", certificate), ("key_file", self.key_file)):
            if path is not None and not path.is_file():
                raise _unreadable(
                    table, key, path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
                )
        try:
            # an encrypted key must not make the daemon ask a terminal for its password
            context.load_cert_chain(certificate, self.key_file, password=str)
        except OSError as error:
            key = "key_file" if self.key_file else "certificate_file"
            raise _unreadable(table, key, self.key_file or certificate, error) from error


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("security", "{message}", {"message": message})


def _require(key: str, others: ValidationInfo) -> None:
    if key in others.data and others.data[key] is None:
        raise _fault(f"needs {key}")


def _unreadable(table: str, key: str, path: Path | None, error: Exception) -> ConfigurationError:
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, ssl.SSLError):
        reason = f"not a usable PEM file ({error.reason or reason})"
    return ConfigurationError(f"[{table}.security] {key} = '{path}': {reason}")
