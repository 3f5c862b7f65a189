"""Every compression that a producer may have chosen."""

import importlib.util

import pytest

from streamlr.errors import ConfigurationError
from tests.contract.kafka.conftest import OpenSink, OpenSource
from tests.contract.kafka.documents import documents
from tests.contract.kafka.polling import numbered, poll_to_end, values
from tests.servers.kafka import KafkaBroker

_PACKAGES = {"snappy": "snappy", "lz4": "lz4", "zstd": "zstandard"}
"""Codec → the module that kafka-python needs for it."""


def lacks(client: str, codec: str) -> bool:
    """Whether this machine's client cannot do it."""
    module = _PACKAGES.get(codec)
    return client == "kafka-python" and module is not None and not importlib.util.find_spec(module)


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_is_read_or_named(
    kafka: KafkaBroker, topic: str, client: str, open_source: OpenSource, codec: str
) -> None:
    kafka.produce(topic, values(0, 2000), codec=codec)
    source = open_source(topic, stop_at="end")
    if lacks(client, codec):
        module = _PACKAGES[codec]
        message = f"client = 'kafka-python' .*compressed with {codec}.*: pip install .*{module}"
        with pytest.raises(ConfigurationError, match=message):
            poll_to_end(source)
    else:
        assert poll_to_end(source) == numbered(0, 2000)


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_is_written_or_named(
    kafka: KafkaBroker, topic: str, client: str, open_sink: OpenSink, codec: str
) -> None:
    if lacks(client, codec):
        with pytest.raises(ValueError, match=f"compression.*\n.*{codec}"):
            open_sink(topic, compression=codec)
        return
    sink = open_sink(topic, compression=codec)
    sink.write(documents(0, 2000))
    assert sink.flush()["0"] == 2000
    assert [m.value() for m in kafka.read(topic)] == [d.value for d in documents(0, 2000)]
