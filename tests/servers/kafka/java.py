"""The command line of Kafka's Java programs."""

from pathlib import Path

from tests.servers.kafka.jars import class_path

_LOGGING = Path(__file__).with_name("log4j2.properties")

# A small heap and the plain collector and compiler: the start counts, not the throughput.
_JVM = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def java_command(main_class: str, *arguments: str) -> list[str]:
    """Return the command that runs a class of Kafka's jars."""
    logging = f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}"
    return ["java", *_JVM, logging, "-cp", class_path(), main_class, *arguments]
