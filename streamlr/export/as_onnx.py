"""As ONNX: one graph, from a record's fields to what is said of them, in float64 throughout.

Inputs are ``numbers`` float64 [records, features], NaN where missing; and, where there are
categorical fields, ``codes`` int64 [records, categories], 0 where missing, as
:mod:`streamlr.category_codes` gives them. Outputs are ``probabilities`` float64 [records, classes]
and ``label`` int64 [records], the index of a class; or ``prediction`` float64 [records].
"""

import json
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from streamlr.errors import ConfigurationError
from streamlr.export.spoken import Spoken

_OPSET, _OPSET_ML, _IR = 18, 3, 10
_HUGE = 1e100  # as the standardisation has it
_BINARY = 2


def written(spoken: Spoken) -> bytes:
    """The file's bytes: the same model is the same bytes.

    Raises
    ------
    ConfigurationError
        The package is not installed.
    """
    try:
        import onnx.helper  # noqa: PLC0415 - optional
        import onnx.numpy_helper  # noqa: PLC0415
    except ImportError as error:
        message = "onnx is not installed; add it with: pip install 'streamlr[onnx]'"
        raise ConfigurationError(message) from error
    data: bytes = _Graph(onnx, spoken).model().SerializeToString(deterministic=True)
    return data


class _Graph:
    """Nodes and constants, one after the other.

    Parameters
    ----------
    onnx
        The package.
    spoken
        What is exported.
    """

    def __init__(self, onnx: ModuleType, spoken: Spoken) -> None:
        self._onnx, self._spoken = onnx, spoken
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:  # noqa: ANN401 - onnx has no types of its own
        """The whole file."""
        spoken, helper = self._spoken, self._onnx.helper
        numbers, outputs = len(spoken.features), spoken.weights.shape[1]
        sums = self._add(self._weighed_numbers(), self._constant(self._columns(numbers, 1)))
        inputs = [self._told("numbers", "DOUBLE", [None, numbers])]
        if spoken.categories:
            sums = self._add(sums, self._weighed_values())
            inputs.append(self._told("codes", "INT64", [None, len(spoken.categories)]))
        tell = {"binary": self._two, "multiclass": self._many, "regression": self._number}
        told = tell[spoken.task](sums, outputs)
        graph = helper.make_graph(self._nodes, "streamlr", inputs, told, self._constants)
        made = helper.make_model(
            graph,
            ir_version=_IR,
            producer_name="streamlr",
            opset_imports=[
                helper.make_opsetid("", _OPSET),
                helper.make_opsetid("ai.onnx.ml", _OPSET_ML),
            ],
        )
        about = {
            "task": spoken.task,
            "label": spoken.label,
            "features": spoken.features,
            "categories": spoken.categories,
            "classes": spoken.classes,
            "samples": spoken.samples,
        }
        helper.set_model_props(made, {key: json.dumps(value) for key, value in about.items()})
        return made

    # --- from inputs to weighted sums ---------------------------------------------------------

    def _weighed_numbers(self) -> str:
        spoken = self._spoken
        missing, mean = self._node("IsNaN", "numbers"), self._constant(spoken.mean)
        within = self._bounded(self._node("Where", missing, mean, "numbers"), _HUGE)
        shifted = self._node("Sub", within, mean)
        scaled = self._node("Mul", shifted, self._constant(spoken.inverse_deviation))
        clipped = self._bounded(scaled, spoken.clip)
        return self._node("MatMul", clipped, self._constant(self._columns(0, len(spoken.features))))

    def _weighed_values(self) -> str:
        """Of each value its row's weights; a last row of zeros for what is missing or has none."""
        spoken, first = self._spoken, len(self._spoken.features) + 1
        rows = len(spoken.weights) - first
        table = np.vstack([self._columns(first, rows), np.zeros((1, self._width))])
        # a table of no values is none: code 0, which is missing, stands in
        codes, known = [*spoken.code.tolist(), 0], [*spoken.row.tolist(), rows]
        full = rows == spoken.limit
        row = self._node(
            "LabelEncoder",
            "codes",
            domain="ai.onnx.ml",
            keys_int64s=codes,
            values_int64s=known,
            default_int64=-1 if full else rows,
        )
        if full:
            shared = self._node("Mod", "codes", self._constant(np.array(spoken.limit)))
            new = self._node("Less", row, self._constant(np.array(0)))
            row = self._node("Where", new, shared, row)
        each = self._node("Gather", self._constant(table), row)
        return self._node("ReduceSum", each, self._constant(np.array([1])), keepdims=0)

    @property
    def _width(self) -> int:
        return int(np.prod(self._spoken.weights.shape[1:]))

    def _columns(self, first: int, count: int) -> np.ndarray:
        return self._spoken.weights[first : first + count].reshape(count, self._width)

    # --- from sums to what is said ------------------------------------------------------------

    def _two(self, sums: str, outputs: int) -> list[Any]:  # noqa: ARG002 - as _many
        spoken = self._spoken
        chance = self._heard(self._node("Sigmoid", sums), [-1, 1])
        other = self._node("Sub", self._constant(np.array(1.0)), chance)
        self._node("Concat", other, chance, axis=1, to="probabilities")
        index, least = spoken.positive, spoken.threshold
        if len(spoken.classes) < _BINARY:  # a class that was not met is never said
            index, least = 1, np.inf
        positive = chance if index == 1 else other
        enough = self._node("GreaterOrEqual", positive, self._constant(np.array(least)))
        both = (self._constant(np.array(each)) for each in (index, 1 - index))
        said = self._node("Where", enough, *both)
        self._node("Squeeze", said, self._constant(np.array([1])), to="label")
        return self._classes(_BINARY)

    def _many(self, sums: str, outputs: int) -> list[Any]:
        spoken = self._spoken
        shape = np.array([-1, outputs, len(spoken.share)])
        by_lane = self._node("Reshape", sums, self._constant(shape))
        chances = self._node("Softmax", by_lane, axis=1)
        self._node("Identity", self._heard(chances, [-1, outputs]), to="probabilities")
        self._node("ArgMax", "probabilities", axis=1, keepdims=0, to="label")
        return self._classes(outputs)

    def _number(self, sums: str, outputs: int) -> list[Any]:  # noqa: ARG002 - as _many
        spoken = self._spoken
        within = self._bounded(sums, spoken.bound)
        mixed = self._node("MatMul", within, self._constant(spoken.share))
        scaled = self._node("Mul", mixed, self._constant(np.array(spoken.scale)))
        self._node("Add", scaled, self._constant(np.array(spoken.offset)), to="prediction")
        return [self._told("prediction", "DOUBLE", [None])]

    def _heard(self, by_lane: str, shape: Sequence[int]) -> str:
        """The lanes' mean by their shares, at most 1."""
        mixed = self._node("MatMul", by_lane, self._constant(self._spoken.share))
        most = self._node("Min", mixed, self._constant(np.array(1.0)))
        return self._node("Reshape", most, self._constant(np.array(shape)))

    def _classes(self, count: int) -> list[Any]:
        return [
            self._told("probabilities", "DOUBLE", [None, count]),
            self._told("label", "INT64", [None]),
        ]

    # --- words of ONNX ------------------------------------------------------------------------

    def _add(self, left: str, right: str) -> str:
        return self._node("Add", left, right)

    def _bounded(self, values: str, bound: float) -> str:
        ends = (self._constant(np.array(end)) for end in (-bound, bound))
        return self._node("Clip", values, *ends)

    def _node(self, operator: str, *inputs: str, to: str = "", **settings: Any) -> str:  # noqa: ANN401
        name = to or f"{operator}_{len(self._nodes)}"
        node = self._onnx.helper.make_node(operator, list(inputs), [name], **settings)
        self._nodes.append(node)
        return name

    def _constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(value, name))
        return name

    def _told(self, name: str, kind: str, shape: Sequence[int | None]) -> Any:  # noqa: ANN401
        type_ = getattr(self._onnx.TensorProto, kind)
        sized = ["records" if size is None else size for size in shape]
        return self._onnx.helper.make_tensor_value_info(name, type_, sized)
