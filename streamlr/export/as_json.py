"""As JSON: every lane's weights, and all that is needed to predict by them, in words."""

from typing import Any

import msgspec

from streamlr.export.spoken import Spoken

FORMAT = "streamlr.linear/1"


def written(spoken: Spoken) -> bytes:
    """The file's bytes: the same model is the same bytes."""
    document = {
        "format": FORMAT,
        "task": spoken.task,
        "label": spoken.label,
        "samples": spoken.samples,
        **_of_labels(spoken),
        "numbers": [
            {"name": name, "mean": mean, "inverse_deviation": inverse}
            for name, mean, inverse in zip(
                spoken.features,
                spoken.mean.tolist(),
                spoken.inverse_deviation.tolist(),
                strict=True,
            )
        ],
        "clip": spoken.clip,
        "categories": list(spoken.categories),
        "values": dict(
            sorted(zip(map(str, spoken.code.tolist()), spoken.row.tolist(), strict=True))
        ),
        "rows": spoken.limit if spoken.categories else 0,
        "lanes": [_lane(spoken, lane) for lane in range(len(spoken.share))],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _of_labels(spoken: Spoken) -> dict[str, Any]:
    if spoken.task == "regression":
        of_number = {"mean": spoken.offset, "deviation": spoken.scale, "bound": spoken.bound}
        return {"standardised_by": of_number}
    told: dict[str, Any] = {"classes": list(spoken.classes)}
    if spoken.task == "binary":
        told |= {"positive": spoken.positive, "threshold": spoken.threshold}
    return told


def _lane(spoken: Spoken, lane: int) -> dict[str, Any]:
    """A lane's weights: a list of outputs for each number and value, and for the bias."""
    weights, numbers = spoken.weights[:, :, lane], len(spoken.features)
    return {
        "kind": spoken.kind[lane],
        "learning_rate": float(spoken.learning_rate[lane]),
        "share": float(spoken.share[lane]),
        "bias": weights[numbers].tolist(),
        "numbers": weights[:numbers].tolist(),
        "values": weights[numbers + 1 :].tolist(),
    }
