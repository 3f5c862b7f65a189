"""Why a cluster does not answer, in one message that names the key and the remedy.

Both clients hide the reason: librdkafka tells its callback and goes on trying, kafka-python its
log. Each client's module finds the reasons; here they become words.
"""

from dataclasses import dataclass

from streamlr.errors import UnavailableError
from streamlr.kafka_client.connection import Connection

UNREACHABLE, CLOSED, LOGIN_CLOSED = "unreachable", "closed", "login_closed"
NOT_TLS, NO_LOGIN = "not_tls", "no_login"
CERTIFICATE, CLIENT_CERTIFICATE = "certificate", "client_certificate"
HOSTNAME = "hostname"
CREDENTIALS, MECHANISM = "credentials", "mechanism"

# What it is → what failed and which key, what to do.
_SAYINGS = {
    UNREACHABLE: (
        "[{table}] bootstrap: no Kafka broker answers at {bootstrap}: {text}",
        "Is the address right, the broker running, and does [{table}.security] match its listener?",
    ),
    CLOSED: (
        "[{table}.security] protocol = '{protocol}': {bootstrap} closes the connection: {text}",
        "Its listener may want TLS or a login: set protocol to what the listener speaks",
    ),
    LOGIN_CLOSED: (
        (
            "[{table}.security] username, password, mechanism: {bootstrap} closes the connection "
            "amid the login by {mechanism}: {text}"
        ),
        "Correct the user's name, the password or the mechanism",
    ),
    NOT_TLS: (
        "[{table}.security] protocol = '{protocol}': {bootstrap} does not speak TLS: {text}",
        "Name the port of its TLS listener in [{table}] bootstrap, or set a protocol without TLS",
    ),
    CERTIFICATE: (
        (
            "[{table}.security] ca_file = {ca_file}: it does not vouch for the certificate that "
            "{bootstrap} shows: {text}"
        ),
        (  # librdkafka says the same of a certificate that names another host
            "Name the authority that signed the broker's certificate; where it is named, the "
            "certificate is another host's: correct [{table}] bootstrap, or set "
            "verify_hostname = false"
        ),
    ),
    HOSTNAME: (
        (
            "[{table}.security] verify_hostname = true: the certificate that {bootstrap} shows "
            "names another host: {text}"
        ),
        (
            "Set [{table}] bootstrap, and the broker's advertised listener, to a name in the "
            "certificate, or set verify_hostname = false"
        ),
    ),
    CLIENT_CERTIFICATE: (
        "[{table}.security] certificate_file = {certificate_file}: {bootstrap} refuses it: {text}",
        "Name a certificate, and its key_file, that the broker trusts",
    ),
    CREDENTIALS: (
        (
            "[{table}.security] username, password: {bootstrap} refuses the login by {mechanism}: "
            "{text}"
        ),
        "Correct the user's name or password",
    ),
    MECHANISM: (
        "[{table}.security] mechanism = '{mechanism}': {bootstrap} does not offer it: {text}",
        "Choose one that its listener offers",
    ),
    NO_LOGIN: (
        "[{table}.security] protocol = '{protocol}': {bootstrap} takes no login: {text}",
        (
            "Name the port of a listener that does in [{table}] bootstrap, or set a protocol "
            "without sasl"
        ),
    ),
}
_VAGUE = (CLOSED, UNREACHABLE, LOGIN_CLOSED)  # they may pass, and may follow from any other


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason.

    Attributes
    ----------
    kind
        One of the constants above.
    text
        The client's own words.
    """

    kind: str
    text: str

    @property
    def telling(self) -> int:
        """The higher, the closer to the cause."""
        return _VAGUE.index(self.kind) if self.kind in _VAGUE else len(_VAGUE)


class Troubles:
    """The most telling reason so far, of one client."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._worst: Trouble | None = None

    def note(self, trouble: Trouble) -> None:
        """Keep a reason, unless a more telling one is known."""
        if self._worst is None or trouble.telling >= self._worst.telling:
            self._worst = trouble

    @property
    def hopeless(self) -> bool:
        """Whether waiting longer will not help.

        With several addresses another one may still answer.
        """
        worst = self._worst
        return worst is not None and worst.kind not in _VAGUE and not self._several_addresses

    @property
    def _several_addresses(self) -> bool:
        return "," in self._connection.bootstrap

    def error(self) -> UnavailableError:
        """The one message."""
        trouble = self._worst or Trouble(UNREACHABLE, "nothing that a broker would say")
        connection, security = self._connection, self._connection.security
        what, remedy = _SAYINGS[trouble.kind]
        sentence = f"{what}. {remedy}".format(
            table=connection.table,
            bootstrap=connection.bootstrap,
            protocol=security.protocol,
            mechanism=security.mechanism,
            ca_file=_shown(security.ca_file, "the system's authorities"),
            certificate_file=_shown(security.certificate_file, "none"),
            text=trouble.text,
        )
        return UnavailableError(sentence)


def _shown(path: object, none: str) -> str:
    return f"'{path}'" if path is not None else f"({none})"
