"""Every way to be let in, by the same keys for both clients, in source and sink."""

from pathlib import Path
from typing import Any

import pytest

from streamlr.errors import ConfigurationError, UnavailableError
from streamlr.kafka_client.security import Security
from tests.contract.kafka.conftest import OpenSink, OpenSource
from tests.contract.kafka.documents import documents
from tests.contract.kafka.polling import poll_count
from tests.contract.kafka.tokens import token_server
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka.certificates import Certificates
from tests.servers.kafka.secured import PASSWORD, USER

Keys = dict[str, Any]


def login(mechanism: str, **more: str) -> Keys:
    return {"mechanism": mechanism, "username": USER, "password": PASSWORD, **more}


def way_in(listener: str, mechanism: str, certificates: Certificates) -> Keys:
    """The table for a listener."""
    trusted = {"ca_file": str(certificates.authority)}
    shown = {
        "certificate_file": str(certificates.client),
        "key_file": str(certificates.client_key),
    }
    ways: dict[str, Keys] = {
        "PLAINTEXT": {},
        "TLS": {"protocol": "ssl", **trusted},
        "CLIENTS": {"protocol": "ssl", **trusted, **shown},
        "ELSEWHERE": {"protocol": "ssl", **trusted, "verify_hostname": False},
        "LOGIN": {"protocol": "sasl_plaintext", **login(mechanism)},
        "SECURE": {"protocol": "sasl_ssl", **trusted, **login(mechanism)},
    }
    return ways[listener]


_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@pytest.mark.parametrize(
    ("listener", "mechanism"),
    [
        *((listener, "") for listener in ("PLAINTEXT", "TLS", "CLIENTS", "ELSEWHERE")),
        *((listener, mechanism) for listener in ("LOGIN", "SECURE") for mechanism in _MECHANISMS),
    ],
)
def test_a_way_in(
    secured: KafkaBroker,
    certificates: Certificates,
    open_source: OpenSource,
    open_sink: OpenSink,
    listener: str,
    mechanism: str,
) -> None:
    keys = way_in(listener, mechanism, certificates)
    write_and_read(secured.address(listener), keys, open_source, open_sink)


def write_and_read(
    address: str, security: Keys, open_source: OpenSource, open_sink: OpenSink
) -> None:
    """One document there and back."""
    source = open_source("letters", bootstrap=address, security=security, start="latest")
    sink = open_sink("letters", bootstrap=address, security=security)
    sink.write(documents(0, 1))
    sink.flush()
    ((_, _, value),) = poll_count(source, 1)
    assert value == documents(0, 1)[0].value


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_password_from_a_file(
    secured: KafkaBroker,
    open_source: OpenSource,
    open_sink: OpenSink,
    own_folder: Path,
    ending: str,
) -> None:
    file = own_folder / "password"
    file.write_text(PASSWORD + ending, newline="")
    keys: Keys = {"protocol": "sasl_plaintext", **login("PLAIN"), "password_file": str(file)}
    del keys["password"]
    write_and_read(secured.address("LOGIN"), keys, open_source, open_sink)


def test_a_key_in_the_certificates_file(
    secured: KafkaBroker,
    certificates: Certificates,
    open_source: OpenSource,
    open_sink: OpenSink,
    own_folder: Path,
) -> None:
    both = own_folder / "both.pem"
    both.write_text(certificates.client.read_text() + certificates.client_key.read_text())
    keys = {
        "protocol": "ssl",
        "ca_file": str(certificates.authority),
        "certificate_file": str(both),
    }
    write_and_read(secured.address("CLIENTS"), keys, open_source, open_sink)


def bearer(url: str, password: str = PASSWORD) -> Keys:
    """The table that gets tokens."""
    keys = login("OAUTHBEARER", password=password, token_endpoint=url, scope="kafka")
    return {"protocol": "sasl_plaintext", **keys}


def test_a_token(secured: KafkaBroker, open_source: OpenSource, open_sink: OpenSink) -> None:
    with token_server(USER, PASSWORD.replace(" ", "%20")) as server:
        keys = bearer(server.url)
        write_and_read(secured.address("TOKEN"), keys, open_source, open_sink)
        assert server.asked[0] == {"grant_type": ["client_credentials"], "scope": ["kafka"]}


def test_a_token_is_renewed(
    secured: KafkaBroker, open_source: OpenSource, open_sink: OpenSink
) -> None:
    """The broker ends a session with its token."""
    with token_server(USER, PASSWORD.replace(" ", "%20"), life=5.0) as server:
        keys = bearer(server.url)
        address = secured.address("TOKEN")
        source = open_source("letters", bootstrap=address, security=keys, start="latest")
        sink = open_sink("letters", bootstrap=address, security=keys)
        asked = len(server.asked)
        for offset in range(200):
            sink.write(documents(offset, offset + 1))
            sink.flush()
            poll_count(source, 1)
            if len(server.asked) >= asked + 2:
                break
            source.poll(500, 0.1)
        assert len(server.asked) >= asked + 2


def test_an_endpoint_that_refuses(secured: KafkaBroker, open_source: OpenSource) -> None:
    with token_server(USER, "another") as server:
        message = r"\[source.security\] token_endpoint = .*it refuses username and password: .*401"
        with pytest.raises(UnavailableError, match=message):
            open_source("letters", bootstrap=secured.address("TOKEN"), security=bearer(server.url))


def test_an_endpoint_that_is_not_there(secured: KafkaBroker, open_source: OpenSource) -> None:
    keys = bearer("http://127.0.0.1:9/token")
    message = r"\[source.security\] token_endpoint = .*it gives no token: .*refused"
    with pytest.raises(UnavailableError, match=message):
        open_source("letters", bootstrap=secured.address("TOKEN"), security=keys)


def test_an_encrypted_key_asks_nobody(certificates: Certificates) -> None:
    """A daemon must not wait at a terminal for a password."""
    key = certificates.encrypted_key
    shown = {"certificate_file": certificates.client, "key_file": key}
    security = Security.model_validate({"protocol": "ssl", **shown})
    with pytest.raises(ConfigurationError, match=rf"key_file = '{key}': not a usable PEM file"):
        security.context("source")


@pytest.mark.parametrize("password", [PASSWORD, "wrong horse battery staple"])
def test_a_daemon_tells_no_password(
    secured: KafkaBroker, client: str, own_folder: Path, password: str
) -> None:
    """Neither when all is well nor when the broker refuses it."""
    topic = f"records-of-{client}-{len(password)}"
    secured.create_topic(topic)
    secured.produce(topic, phishing(50))
    keys = {"protocol": "sasl_plaintext", **login("PLAIN", password=password)}
    where = {"client": client, "bootstrap": secured.address("LOGIN"), "security": keys}
    source = {"type": "kafka", "topic": topic, "stop_at": "end", **where}
    with Daemon(own_folder, {"source": source, "stream": {"label": LABEL}}) as daemon:
        code = daemon.run()
        said = "\n".join(daemon.lines())
    assert code == (0 if password == PASSWORD else 69), said
    assert password not in said
    assert "Traceback" not in said
