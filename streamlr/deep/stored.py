"""A network as arrays by name, for a checkpoint that runs no code when it is read.

A tensor is an array; one without dimensions, and a plain number, are arrays of one element, under
names that say so.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Tensors = Mapping[str, Any]
"""As ``state_dict`` of a module gives them."""


def arrays(module: Tensors, good: Tensors, optimizer: Any) -> dict[str, np.ndarray]:  # noqa: ANN401 - of torch's
    """Weights, the last good ones, and what the optimizer remembers."""
    tensors = {f"module.{name}": tensor for name, tensor in module.items()}
    tensors |= {f"good.{name}": tensor for name, tensor in good.items()}
    found = {name: _array(tensor) for name, tensor in tensors.items()}
    return found | dict(_of_optimizer(optimizer.state_dict()))


def _of_optimizer(state: Mapping[str, Any]) -> Iterator[tuple[str, np.ndarray]]:
    for place, remembered in state["state"].items():
        for key, value in remembered.items():
            if hasattr(value, "ndim"):
                kind = "tensor" if value.ndim else "scalar"
                yield f"optimizer.{kind}.{place}.{key}", _array(value)
            elif value is not None:
                yield f"optimizer.number.{place}.{key}", np.array([value])
    for place, group in enumerate(state["param_groups"]):
        for key, value in group.items():
            if isinstance(value, int | float):
                yield f"optimizer.group.{place}.{key}", np.array([value])


def fill(module: Tensors, good: Tensors, optimizer: Any, stored: Mapping[str, np.ndarray]) -> None:  # noqa: ANN401
    """Copy arrays into the tensors, and into the optimizer.

    Raises
    ------
    ValueError
        An array is missing, left over, or of another shape or type; nothing was changed.
    """
    own = {f"module.{name}": tensor for name, tensor in module.items()}
    own |= {f"good.{name}": tensor for name, tensor in good.items()}
    remembered = {name: array for name, array in stored.items() if name.startswith("optimizer.")}
    if odd := sorted(own.keys() ^ (stored.keys() - remembered.keys())):
        raise ValueError(f"arrays of the network differ in name: {', '.join(odd)}")
    for name, tensor in own.items():
        given, array = stored[name], _array(tensor)
        if (given.shape, given.dtype) != (array.shape, array.dtype):
            raise ValueError(
                f"{name} is {given.dtype}{given.shape}, not {array.dtype}{array.shape}"
            )
    for name, tensor in own.items():
        tensor.detach().copy_(_tensor(tensor, stored[name]).reshape(tensor.shape))
    _fill_optimizer(optimizer, next(iter(own.values())), remembered)


def _fill_optimizer(optimizer: Any, like: Any, arrays: Mapping[str, np.ndarray]) -> None:  # noqa: ANN401
    state = optimizer.state_dict()
    found: dict[int, dict[str, Any]] = {}
    for name, array in arrays.items():
        _, kind, at, key = name.split(".", 3)
        place = int(at)
        if kind == "group":
            state["param_groups"][place][key] = array[0].item()
        elif kind == "number":
            found.setdefault(place, {})[key] = array[0].item()
        else:
            tensor = _tensor(like, array)
            found.setdefault(place, {})[key] = tensor if kind == "tensor" else tensor.reshape(())
    optimizer.load_state_dict({**state, "state": found})


def _array(tensor: Any) -> np.ndarray:  # noqa: ANN401 - of torch's
    array: np.ndarray = tensor.detach().cpu().numpy()
    return array.reshape(array.shape or (1,))


def _tensor(like: Any, array: np.ndarray) -> Any:  # noqa: ANN401 - of torch's
    """On the processor: whoever takes it moves it to where it belongs."""
    made = like.new_empty(0, device="cpu").new_tensor
    return made(array, dtype=None)
