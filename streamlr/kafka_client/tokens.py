"""Tokens for OAUTHBEARER, by the client credentials grant (RFC 6749, section 4.4).

Both clients get them here, so that one table means the same in each.
"""

import base64
import http
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

import structlog

from streamlr.errors import UnavailableError
from streamlr.kafka_client.connection import Connection

_USUAL_LIFE = 300.0
_FRESH = 0.4  # of a token's life: clients ask again when less than a fifth is left
_RETRY_SECONDS = 10.0
_LONGEST_ANSWER = 1 << 20

log = structlog.get_logger("streamlr.kafka")


@dataclass(frozen=True, slots=True)
class Token:
    """What the endpoint gave.

    Attributes
    ----------
    value
        What goes to the broker.
    expires
        Seconds since 1970.
    fresh_until
        When to ask for the next one.
    """

    value: str
    expires: float
    fresh_until: float

    def __repr__(self) -> str:
        return f"Token(expires={self.expires})"


class TokenEndpoint:
    """Where tokens come from; safe to call from a client's own threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        security, table = connection.security, connection.table
        identity = f"{_quoted(security.username)}:{_quoted(security.secret(table))}"
        self._login = base64.b64encode(identity.encode()).decode()
        self._tls = ssl.create_default_context()
        if security.ca_file is not None:
            self._tls.load_verify_locations(security.ca_file)
        self._lock = threading.Lock()
        self._token: Token | None = None

    def token(self) -> Token:
        """One that lasts a while.

        Raises
        ------
        UnavailableError
            The endpoint does not give one.
        """
        with self._lock:
            if self._token is None or time.time() > self._token.fresh_until:
                self._token = self._ask()
            return self._token

    def for_librdkafka(self, _config: str) -> tuple[str, float]:
        """Its ``oauth_cb``: an error from here would surface anywhere, so it never raises.

        When the endpoint fails the old token stands in, to be asked for again soon.
        """
        try:
            token = self.token()
        except UnavailableError as error:
            log.warning("no new token", error=str(error))
            value = self._token.value if self._token is not None else ""
            return value, time.time() + _RETRY_SECONDS
        return token.value, token.expires

    def _ask(self) -> Token:
        security = self._connection.security
        fields = {"grant_type": "client_credentials"}
        if security.scope:
            fields["scope"] = security.scope
        request = urllib.request.Request(  # noqa: S310 - the configuration allows http and https only
            security.token_endpoint,
            urllib.parse.urlencode(fields).encode(),
            {"Authorization": f"Basic {self._login}", "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(  # noqa: S310
                request, timeout=self._connection.seconds, context=self._tls
            ) as answer:
                return _token(json.loads(answer.read(_LONGEST_ANSWER)))
        except urllib.error.HTTPError as error:
            raise self._refused(error) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = getattr(error, "reason", None) or error
            raise self._failed(f"it gives no token: {reason}") from error

    def _refused(self, error: urllib.error.HTTPError) -> UnavailableError:
        with error:
            said = error.read(200).decode(errors="replace")
        if error.code in {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.BAD_REQUEST}:
            return self._failed(f"it refuses username and password: HTTP {error.code} {said}")
        return self._failed(f"it gives no token: HTTP {error.code} {said}")

    def _failed(self, reason: str) -> UnavailableError:
        table, security = self._connection.table, self._connection.security
        return UnavailableError(
            f"[{table}.security] token_endpoint = '{security.token_endpoint}': {reason}"
        )


def _token(answer: dict[str, object]) -> Token:
    value, now = str(answer["access_token"]), time.time()
    life = float(str(answer.get("expires_in", _USUAL_LIFE)))
    return Token(value, now + life, now + life * (1 - _FRESH))


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
