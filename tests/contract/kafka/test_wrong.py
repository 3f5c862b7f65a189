"""What a person sees who got something wrong: one message, in time, that names table and key."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from streamlr.errors import ConfigurationError, StreamlrError, UnavailableError
from tests.contract.kafka.conftest import OpenSink, OpenSource
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka.certificates import Certificates
from tests.servers.kafka.secured import PASSWORD, USER
from tests.servers.ports import free_ports

_SECONDS = 3.0
_SLACK = 2.0  # of a machine that has other things to do

Complain = Callable[..., str]


@pytest.fixture(params=["source", "sink"])
def table(request: pytest.FixtureRequest) -> str:
    """Return the name of a table, each in turn."""
    name: str = request.param
    return name


@pytest.fixture
def complaint(open_source: OpenSource, open_sink: OpenSink, table: str) -> Complain:
    """Return a function that opens what cannot work; it returns the message."""
    opening: Any = open_source if table == "source" else open_sink

    def complain(
        address: str,
        topic: str = "letters",
        error: type[StreamlrError] = UnavailableError,
        **keys: Any,  # noqa: ANN401 - any key of the table
    ) -> str:
        began = time.monotonic()
        with pytest.raises(error) as failure:
            opening(topic, bootstrap=address, startup_seconds=_SECONDS, **keys)
        assert time.monotonic() - began < _SECONDS + _SLACK
        said = str(failure.value)
        assert "\n" not in said
        assert PASSWORD not in said
        assert said.startswith(f"[{table}")
        return said

    return complain


def login(mechanism: str, password: str = PASSWORD, **more: str) -> dict[str, str]:
    """A table of security that logs in."""
    keys = {"protocol": "sasl_plaintext", "mechanism": mechanism}
    return keys | {"username": USER, "password": password} | more


def test_missing_topic(kafka: KafkaBroker, topic: str, table: str, complaint: Complain) -> None:
    said = complaint(kafka.bootstrap, f"{topic}s")
    assert said.startswith(f"[{table}] topic: '{topic}s' cannot be used")
    assert f"topics there: {topic}" in said  # what there is, the likest first


def test_missing_partition(kafka: KafkaBroker, topic: str, open_source: OpenSource) -> None:
    message = f"[source] partitions: topic '{topic}' has no partition 7, only 0 to 0"
    with pytest.raises(UnavailableError, match=re.escape(message)):
        open_source(topic, partitions=[0, 7])


def test_broker_down(table: str, complaint: Complain) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    said = complaint(address)
    assert said.startswith(f"[{table}] bootstrap: no Kafka broker answers at {address}")
    assert "Connection refused" in said


def test_a_host_that_is_not_there(table: str, complaint: Complain) -> None:
    said = complaint("no-such-host.invalid:9092")
    assert said.startswith(f"[{table}] bootstrap: no Kafka broker answers at no-such-host.invalid")


def test_something_that_is_no_broker(kafka: KafkaBroker, table: str, complaint: Complain) -> None:
    """The controller's port answers, but is no broker's."""
    said = complaint(kafka.address("CONTROLLER"))
    assert said.startswith(f"[{table}] bootstrap: no Kafka broker answers")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_wrong_password(
    secured: KafkaBroker, table: str, complaint: Complain, mechanism: str
) -> None:
    said = complaint(secured.address("LOGIN"), security=login(mechanism, "wrong"))
    assert said.startswith(f"[{table}.security] username, password")
    assert f"login by {mechanism}" in said


def test_a_mechanism_that_the_listener_lacks(
    secured: KafkaBroker, table: str, complaint: Complain
) -> None:
    said = complaint(secured.address("TOKEN"), security=login("PLAIN"))
    assert said.startswith(f"[{table}.security]")
    assert "mechanism" in said


def test_wrong_authority(
    secured: KafkaBroker, certificates: Certificates, table: str, complaint: Complain
) -> None:
    authority = str(certificates.stranger)
    said = complaint(secured.address("TLS"), security={"protocol": "ssl", "ca_file": authority})
    assert said.startswith(f"[{table}.security] ca_file = '{authority}': it does not vouch for")


def test_the_systems_authorities(secured: KafkaBroker, table: str, complaint: Complain) -> None:
    said = complaint(secured.address("TLS"), security={"protocol": "ssl"})
    assert said.startswith(f"[{table}.security] ca_file = (the system's authorities)")


def test_a_certificate_of_another_host(
    secured: KafkaBroker, certificates: Certificates, table: str, complaint: Complain
) -> None:
    security = {"protocol": "ssl", "ca_file": str(certificates.authority)}
    said = complaint(secured.address("ELSEWHERE"), security=security)
    assert said.startswith(f"[{table}.security]")
    assert "certificate" in said
    assert "verify_hostname = false" in said


def test_no_client_certificate(
    secured: KafkaBroker, certificates: Certificates, table: str, complaint: Complain
) -> None:
    security = {"protocol": "ssl", "ca_file": str(certificates.authority)}
    said = complaint(secured.address("CLIENTS"), security=security)
    assert said.startswith(f"[{table}.security] certificate_file = (none)")


def test_tls_on_a_plain_port(
    secured: KafkaBroker, certificates: Certificates, table: str, complaint: Complain
) -> None:
    security = {"protocol": "ssl", "ca_file": str(certificates.authority)}
    said = complaint(secured.bootstrap, security=security)
    assert said.startswith(f"[{table}.security] protocol = 'ssl'")
    assert "does not speak TLS" in said


@pytest.mark.parametrize("listener", ["TLS", "LOGIN"])
def test_plain_on_another_port(
    secured: KafkaBroker, table: str, complaint: Complain, listener: str
) -> None:
    said = complaint(secured.address(listener))
    assert said.startswith(f"[{table}.security] protocol = 'plaintext'")


def test_login_on_a_plain_port(secured: KafkaBroker, table: str, complaint: Complain) -> None:
    said = complaint(secured.bootstrap, security=login("PLAIN"))
    assert said.startswith(f"[{table}.security] protocol = 'sasl_plaintext'")
    assert "takes no login" in said


@pytest.mark.parametrize("key", ["ca_file", "certificate_file", "key_file"])
def test_a_file_that_is_not_there(
    secured: KafkaBroker, certificates: Certificates, table: str, complaint: Complain, key: str
) -> None:
    files = {
        "ca_file": str(certificates.authority),
        "certificate_file": str(certificates.client),
        "key_file": str(certificates.client_key),
    }
    security = {"protocol": "ssl", **files, key: "/no/such/file"}
    said = complaint(secured.address("TLS"), error=ConfigurationError, security=security)
    assert said == f"[{table}.security] {key} = '/no/such/file': No such file or directory"


def test_a_key_of_another_certificate(
    secured: KafkaBroker, certificates: Certificates, table: str, complaint: Complain
) -> None:
    security = {
        "protocol": "ssl",
        "ca_file": str(certificates.authority),
        "certificate_file": str(certificates.client),
        "key_file": str(certificates.server_key),
    }
    said = complaint(secured.address("TLS"), error=ConfigurationError, security=security)
    assert said.startswith(f"[{table}.security] key_file = '{certificates.server_key}'")


def test_a_password_file_that_is_not_there(
    secured: KafkaBroker, table: str, complaint: Complain
) -> None:
    security = {**login("PLAIN"), "password_file": "/no/such/file"}
    del security["password"]
    said = complaint(secured.address("LOGIN"), error=ConfigurationError, security=security)
    assert said.startswith(f"[{table}.security] password_file = '/no/such/file'")


def test_an_option_that_the_client_does_not_have(
    kafka: KafkaBroker, topic: str, table: str, client: str, complaint: Complain
) -> None:
    said = complaint(
        kafka.bootstrap, topic, error=ConfigurationError, options={"sasl.mechanizm": "PLAIN"}
    )
    assert said.startswith(f"[{table}] options: ")
    assert "sasl.mechanizm" in said
    assert client in said


def test_a_mistyped_topic_is_not_created(
    creating_kafka: KafkaBroker, table: str, complaint: Complain
) -> None:
    said = complaint(creating_kafka.bootstrap, "mistyped")
    assert "'mistyped' cannot be used" in said
    assert "mistyped" not in complaint(creating_kafka.bootstrap, "another").split("topics there")[1]
