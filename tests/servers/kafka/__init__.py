"""A real Apache Kafka broker, one node in KRaft mode, on the loopback interface."""

from tests.servers.kafka.broker import KafkaBroker

__all__ = ["KafkaBroker"]
