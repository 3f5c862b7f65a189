"""A schema registry over HTTP: Confluent's interface, which Apicurio and Karapace offer too."""

import base64
import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.avro import RefusedError
from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError, NotNowError, UnavailableError
from streamlr.passwords import SHOWN, Secret

_LONGEST_ANSWER = 1 << 24
_ABSENT = range(40400, 40500)  # the registry's own codes for what it does not have
_TABLE = "[decoder.registry]"
_LOGIN = re.compile(r"^(\w+://)?[^/]*@")


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("registry", "{message}", {"message": message})


def _without_login(url: Any) -> Any:  # noqa: ANN401 - unchecked
    """What may be shown of a URL."""
    return _LOGIN.sub(rf"\1{SHOWN}@", url) if isinstance(url, str) else url


def _plain_url(url: str) -> str:
    if SHOWN in url:
        raise _fault("a login does not belong into it; set username and password_file")
    if not url.startswith(("https://", "http://")):
        raise _fault("must begin with https:// or http://")
    return url.rstrip("/")


class RegistryConfig(ComponentConfig):
    """A schema registry, and how to be let in."""

    url: Annotated[str, AfterValidator(_plain_url), BeforeValidator(_without_login)] = Field(
        description="where it answers to /schemas/ids/1; of Apicurio, with /apis/ccompat/v7"
    )
    ca_file: Path | None = Field(
        None, description="authorities to trust, PEM; none: the system's own"
    )
    username: str = Field("", description="user, where it asks for one")
    password: Secret | None = Field(None, description="its password")
    password_file: Path | None = Field(
        None, validate_default=True, description="file that holds the password"
    )
    token: Secret | None = Field(None, description="bearer token, in place of a user")
    token_file: Path | None = Field(
        None, validate_default=True, description="file that holds the token"
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = Field(
        5.0, description="longest wait for an answer, before it is asked again"
    )

    @field_validator("ca_file")
    @classmethod
    def _needs_tls(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if path is not None and not others.data.get("url", "https:").startswith("https:"):
            raise _fault("needs a url that begins with https://")
        return path

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if not {"username", "password"} <= others.data.keys():
            return path  # its own fault is told
        given = (path is not None) + (others.data["password"] is not None)
        if given > 1:
            raise _fault("password is set too; keep one of them")
        if others.data["username"] and not given:
            raise _fault("set it, or password, for username")
        if given and not others.data["username"]:
            raise _fault("a password needs a username")
        return path

    @field_validator("token_file")
    @classmethod
    def _one_login(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        inline = others.data.get("token") is not None
        if path is not None and inline:
            raise _fault("token is set too; keep one of them")
        if (path is not None or inline) and others.data.get("username"):
            raise _fault("a token and a username are set; keep one of them")
        return path

    def authorization(self) -> str:
        """The header of that name; empty where nobody logs in.

        Raises
        ------
        ConfigurationError
            A file cannot be read, or is empty.
        """
        if self.username:
            password = self._secret("password", self.password, self.password_file)
            login = base64.b64encode(f"{self.username}:{password}".encode()).decode()
            return f"Basic {login}"
        token = self._secret("token", self.token, self.token_file)
        return f"Bearer {token}" if token else ""

    @staticmethod
    def _secret(key: str, inline: Secret | None, path: Path | None) -> str:
        if path is None:
            return inline.get_secret_value() if inline is not None else ""
        try:
            text = path.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigurationError(f"{_TABLE} {key}_file = '{path}': {reason}") from error
        if not text:
            raise ConfigurationError(f"{_TABLE} {key}_file = '{path}': it is empty")
        return text

    def context(self) -> ssl.SSLContext:
        """Whom to trust.

        Raises
        ------
        ConfigurationError
            The file cannot be read, or holds no certificates.
        """
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            reason = "not a usable PEM file" if isinstance(error, ssl.SSLError) else error.strerror
            raise ConfigurationError(f"{_TABLE} ca_file = '{self.ca_file}': {reason}") from error


class _Reference(msgspec.Struct):
    subject: str
    version: int


class _Answer(msgspec.Struct, rename="camel"):
    schema: str
    schema_type: str = "AVRO"
    references: list[_Reference] = []


class _Trouble(msgspec.Struct):
    error_code: int
    message: str = ""


class Registry:
    """Asks for schemas by their ids.

    Raises
    ------
    ConfigurationError
        A file that the configuration names cannot be used.
    """

    def __init__(self, config: RegistryConfig) -> None:
        self._config = config
        self._login = config.authorization()
        tls = urllib.request.HTTPSHandler(context=config.context())
        self._opener = urllib.request.build_opener(tls)

    def find(self, schema_id: int) -> Sequence[Any]:
        """A schema, last; before it those that it refers to.

        Raises
        ------
        RefusedError
            There is no such id, or it is no Avro schema.
        NotNowError
            The registry does not answer as one should.
        UnavailableError
            It does not let us in.
        """
        found: dict[str, Any] = {}
        self._add(f"schema id {schema_id}", f"/schemas/ids/{schema_id}", found)
        return list(found.values())

    def _add(self, name: str, path: str, found: dict[str, Any]) -> None:
        """Put a schema behind those that it refers to; each once."""
        if path in found:
            return
        answer = self._ask(name, path)
        if answer.schema_type != "AVRO":
            detail = f"{name} is not of Avro, but of {answer.schema_type}"
            raise RefusedError("unusable_schema", detail)
        for each in answer.references:
            subject = urllib.parse.quote(each.subject, safe="")
            self._add(name, f"/subjects/{subject}/versions/{each.version}", found)
        try:
            found[path] = msgspec.json.decode(answer.schema)
        except ValueError as error:
            raise RefusedError("unusable_schema", f"{name} is not JSON: {error}") from error

    def _ask(self, name: str, path: str) -> _Answer:
        request = urllib.request.Request(  # noqa: S310 - the configuration allows http and https only
            f"{self._config.url}{path}",
            headers={"Accept": "application/vnd.schemaregistry.v1+json, application/json"},
        )
        if self._login:  # not for wherever a redirect leads
            request.add_unredirected_header("Authorization", self._login)
        try:
            with self._opener.open(request, timeout=self._config.timeout_seconds) as answer:
                return msgspec.json.decode(answer.read(_LONGEST_ANSWER), type=_Answer)
        except urllib.error.HTTPError as error:
            raise self._refusal(name, path, error) from error
        except ValueError as error:
            raise self._away(f"no registry's answer to {path}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise self._away(str(getattr(error, "reason", None) or error)) from error

    def _refusal(self, name: str, path: str, error: urllib.error.HTTPError) -> Exception:
        with error:
            body = error.read(_LONGEST_ANSWER)
        if error.code in {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN}:
            with_login = "this login" if self._login else "nobody without a login"
            return UnavailableError(
                f"{_TABLE} url = '{self._config.url}': it lets {with_login} read {path} "
                f"(HTTP {error.code})"
            )
        try:
            trouble = msgspec.json.decode(body, type=_Trouble)
        except ValueError:
            trouble = _Trouble(0)
        if error.code == http.HTTPStatus.NOT_FOUND and trouble.error_code in _ABSENT:
            return RefusedError("unknown_schema", f"{name}: {self._config.url} has no {path}")
        hint = ""
        if error.code == http.HTTPStatus.NOT_FOUND:
            hint = "; is it the url of a registry? (of Apicurio, it ends with /apis/ccompat/v7)"
        return self._away(f"HTTP {error.code} to {path}{hint}")

    def _away(self, why: str) -> NotNowError:
        return NotNowError(f"{_TABLE} url = '{self._config.url}': {why}")
