"""Whether labels that come apart go with the rest of the configuration."""

from collections.abc import Mapping
from typing import Any

from streamlr import registry


def faults(parts: Mapping[str, Any]) -> list[str]:
    """What does not, in words.

    Parameters
    ----------
    parts
        Tables of the configuration, each valid by itself.
    """
    labels = parts["labels"]
    if labels.type == "inline":
        return []
    return [
        *_fields(labels, parts["stream"]),
        *_brought(labels, parts["source"]),
        *_topic(parts),
        *_history(labels, parts["warm_start"]),
        *_left_out(labels, parts["catch_up"]),
    ]


def _fields(labels: Any, stream: Any) -> list[str]:  # noqa: ANN401 - Configs
    """The key and the time are fields of their own."""
    found = []
    for name, what in (("key", "tells which records belong together"), ("time", "tells when")):
        field = labels.fields.get(name)
        for table, fields in (
            ("label", (stream.label,)),
            ("features", stream.features),
            ("categories", stream.categories),
            ("texts", stream.texts),
        ):
            if field in fields:
                found.append(
                    f"[labels] {name} = {field!r}: [stream] {table} names it too, but it {what} "
                    "and nothing else; name another field, or remove it there"
                )
    if "time" in labels.fields and labels.fields.get("key") == labels.time:
        found.append(
            f"[labels] time = {labels.time!r}: it is the key too; name the field that holds the "
            "event time, or none"
        )
    return found


def _brought(labels: Any, source: Any) -> list[str]:  # noqa: ANN401 - Configs
    """What no field says, the source must bring."""
    brings = getattr(registry.load("sources", source.type), "BRINGS", ())
    found = []
    if labels.key and "key" not in labels.fields and "keys" not in brings:
        found.append(
            f"[labels] key = {labels.key!r}: records of [source] type = {source.type!r} have no "
            "message key; name the field that features and label share"
        )
    for key in ("ttl_seconds", "label_wait_seconds", "seconds"):
        seconds = getattr(labels, key, None)
        if seconds is not None and not labels.time and "timestamps" not in brings:
            found.append(
                f"[labels] {key} = {seconds:g}: records of [source] type = {source.type!r} have no "
                "timestamp; name the field with the event time in [labels] time, or remove it"
            )
    return found


def _topic(parts: Mapping[str, Any]) -> list[str]:
    """Labels with a topic of their own are read beside one other topic."""
    topic, source = getattr(parts["labels"], "topic", ""), parts["source"]
    if not topic:
        return []
    said = f"[labels] topic = {topic!r}"
    if not hasattr(source, "with_labels"):
        why = f"{said}: [source] type = {source.type!r} has no topics"
        return [f"{why}; remove it, and have features and labels in one stream"]
    found = []
    if source.matches(topic):
        found.append(f"{said}: [source] topic reads it already; remove it, or name another")
    elif source.several:
        found.append(
            f"{said}: [source] topic = {source.topic!r} is a pattern; name one topic of features"
        )
    if source.partitions:
        found.append(f"{said}: [source] partitions are those of one topic; remove them")
    if parts["state"].unit == "partition":
        found.append(
            f"{said}: with [state] unit = 'partition' a label would have to come through the same "
            "partition as its features; write both to one topic, or set unit = 'pipeline'"
        )
    return found


def _history(labels: Any, warm_start: Any) -> list[str]:  # noqa: ANN401 - Configs
    """A history's records bring their own labels, which is another question than a forecast's."""
    if labels.type != "ahead" or warm_start.path is None:
        return []
    said = f"[warm_start] path = {str(warm_start.path)!r}: with [labels] type = 'ahead'"
    why = "a record's label is what comes later in the stream"
    return [f"{said} {why}; remove it, and send the history through the source"]


def _left_out(labels: Any, catch_up: Any) -> list[str]:  # noqa: ANN401 - Configs
    """Records that are left out are no steps: later ones would be taken for them."""
    steps = getattr(labels, "steps", None)
    if steps is None or catch_up.policy != "skip":
        return []
    said = f"[catch_up] policy = 'skip': with [labels] steps = {steps}"
    why = "records behind those left out would be taken for them, and so for the wrong labels"
    return [f"{said} {why}; choose 'learn' or 'learn_only', or set [labels] seconds, not steps"]
