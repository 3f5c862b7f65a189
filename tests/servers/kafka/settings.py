"""The broker's `server.properties`."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.servers.ports import HOST

CONTROLLER = "CONTROLLER"

_FIXED = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": CONTROLLER,
    # A mistyped topic name should be an error in a test.
    "auto.create.topics.enable": "false",
    # One node: no second replica to wait for.
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # A consumer group starts at once instead of waiting 3 s for more members.
    "group.initial.rebalance.delay.ms": "0",
    # A restarted broker waits until the session of its killed self has ended.
    "broker.heartbeat.interval.ms": "200",
    "broker.session.timeout.ms": "1000",
}


def broker_properties(
    data: Path, protocols: Mapping[str, str], ports: Mapping[str, int]
) -> dict[str, str]:
    """Return the settings of a broker.

    Parameters
    ----------
    data : Path
        Folder of the formatted storage.
    protocols : mapping of str to str
        Security protocol by listener name, without the controller's listener. The first is
        the broker's own.
    ports : mapping of str to int
        Port by listener name, with the controller's.
    """
    addresses = {name: f"{name}://{HOST}:{port}" for name, port in ports.items()}
    return _FIXED | {
        "log.dirs": str(data),
        "listeners": ",".join(addresses.values()),
        "advertised.listeners": ",".join(addresses[name] for name in protocols),
        "inter.broker.listener.name": next(iter(protocols)),
        "listener.security.protocol.map": ",".join(
            f"{name}:{protocol}"
            for name, protocol in {CONTROLLER: "PLAINTEXT", **protocols}.items()
        ),
        "controller.quorum.voters": f"1@{HOST}:{ports[CONTROLLER]}",
    }


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    r"""Write a Java properties file.

    JSON's escapes (``\n``, ``\\``, ``\u00e9``) mean the same in Java's format, so a value may
    have several lines, as a PEM key has.
    """
    lines = (f"{key}={json.dumps(value)[1:-1]}\n" for key, value in properties.items())
    path.write_text("".join(lines), encoding="ascii")
