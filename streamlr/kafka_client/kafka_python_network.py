"""The network client of kafka-python, with ears, and its log, with a lid.

It hides why it cannot connect in its log, and its constructors then say only that they could not
"bootstrap". So a connection manager of ours listens to every connection that is made.
"""

import logging
import os
import re
from typing import Any

import structlog
from kafka.errors import (
    IllegalSaslStateError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from streamlr.kafka_client import troubles
from streamlr.kafka_client.seldom import Seldom
from streamlr.kafka_client.troubles import Trouble, Troubles

_KINDS = (
    (SaslAuthenticationFailedError, troubles.CREDENTIALS),
    (UnsupportedSaslMechanismError, troubles.MECHANISM),
    (IllegalSaslStateError, troubles.NO_LOGIN),
)
# A word in what it says → what it means, where the class does not tell; the first that fits.
_SIGNS = (
    ("certificate is not valid for", troubles.HOSTNAME),
    ("CERTIFICATE_VERIFY_FAILED", troubles.CERTIFICATE),
    ("_ALERT_", troubles.CLIENT_CERTIFICATE),
    ("Handshake failed", troubles.NOT_TLS),
    ("ECONN", troubles.UNREACHABLE),
    ("Invalid frame length", troubles.CLOSED),
    ("disconnected", troubles.CLOSED),
)
_NUMBER = re.compile(r"\b(\d+) (E[A-Z]+)\b")  # "111 ECONNREFUSED"
_CLASS = re.compile(r"^(\[Error \d+\] )?(\w+Error(: |$))*")  # "[Error 58] SomeError: SomeError: "

log = structlog.get_logger("streamlr.kafka")


class Client(KafkaNetClient):  # type: ignore[misc] # no types there
    """The network client, with ears.

    It is what ``kafka_client`` of kafka-python's classes makes: one for each of them.

    Parameters
    ----------
    troubles_
        Told of every connection that failed.
    settings
        From the class that makes it.
    """

    def __init__(self, troubles_: Troubles, **settings: Any) -> None:  # noqa: ANN401 - its own
        network = NetworkSelector(**settings)
        super().__init__(net=network, manager=_Manager(troubles_, network, **settings), **settings)
        # its own setting for this does not reach here: a mistyped topic would be created
        self.cluster.config["allow_auto_create_topics"] = False


class _Manager(KafkaConnectionManager):  # type: ignore[misc]
    def __init__(self, troubles_: Troubles, network: NetworkSelector, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(network, **settings)
        self._troubles = troubles_
        self._heard: dict[Any, Any] = {}

    def get_connection(self, node_id: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Asked for at every request: listen once to each connection."""
        connection = super().get_connection(node_id, *arguments, **options)
        if self._heard.get(node_id) is not connection:
            self._heard[node_id] = connection
            connection.init_future.add_errback(self._failed, connection)
            connection.close_future.add_errback(self._failed, connection)
        return connection

    def _failed(self, connection: Any, error: BaseException) -> None:  # noqa: ANN401
        self._troubles.note(_trouble(error, connection))
        if self._troubles.hopeless and not self.bootstrapped:
            self.close()  # ends the constructor's waiting


def _trouble(error: BaseException, connection: Any) -> Trouble:  # noqa: ANN401
    said = str(error)
    text = _NUMBER.sub(lambda found: os.strerror(int(found[1])), said)
    text = _CLASS.sub("", text) or type(error).__name__
    for class_, kind in _KINDS:
        if isinstance(error, class_):
            return Trouble(kind, text)
    kind = next((kind for sign, kind in _SIGNS if sign in said), troubles.UNREACHABLE)
    if kind == troubles.CLOSED and connection.sasl_enabled and connection.broker_version:
        # it drops the broker's reason when the connection ends in the same moment
        kind = troubles.LOGIN_CLOSED
    return Trouble(kind, text)


class _ToOurLog(logging.Handler):
    """Its log lines, the repeated ones now and then."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._seldom = Seldom()

    def emit(self, record: logging.LogRecord) -> None:
        if self._seldom.may_tell((record.pathname, record.lineno)):
            log.warning("kafka trouble", where=record.name, error=record.getMessage())


def route_log() -> None:
    """Its log would go to standard error as it is, ten lines a second in some outages."""
    theirs = logging.getLogger("kafka")
    if not any(isinstance(handler, _ToOurLog) for handler in theirs.handlers):
        theirs.addHandler(_ToOurLog())
        theirs.propagate = False
