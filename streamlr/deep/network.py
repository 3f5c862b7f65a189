"""A module of torch's and its optimizer: numbers in, numbers out, a step for a batch.

torch is optional: nothing of it is imported before a configuration asks for it.
"""

import contextlib
import importlib
import inspect
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from streamlr import by_path
from streamlr.by_path import PathError
from streamlr.deep import stored
from streamlr.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from streamlr.models.torch import Config

_BLOCK = 32  # most rows asked about at a time: a record that comes alone costs as many
Labels = tuple[np.ndarray, np.ndarray]
"""Of a batch: targets, and how much each sample counts."""

_MEANT = {
    "binary": "the logit of the second class met",
    "multiclass": "a logit for each of [stream] max_classes",
    "regression": "the standardised number",
}


def torch() -> Any:  # noqa: ANN401 - the package
    """The package.

    Raises
    ------
    PathError
        It is not installed.
    """
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        message = "torch is not installed; add it with: pip install 'streamlr[torch]'"
        raise PathError(message) from error


def find(path: str, base: str) -> type:
    """The class of a dotted path, which must be one of ``torch.nn.Module`` or the like.

    Raises
    ------
    PathError
        There is none, or it is not of that kind.
    """
    library, _, kind = base.rpartition(".")
    torch()
    if "." not in path and ":" not in path:
        raise PathError("it must be a dotted path, as torch.nn.Sequential or torch.optim.SGD")
    found = by_path.find(path)
    if not issubclass(found, getattr(importlib.import_module(library), kind)):
        raise PathError(f"the class {found.__name__} is no {base}")
    return found


class Network:
    """The module, its optimizer, and the last weights that were good.

    Parameters
    ----------
    config
        The model's table.
    task
        ``binary``, ``multiclass`` or ``regression``.
    inputs, outputs
        Numbers that the module takes of a sample, and gives.

    Raises
    ------
    ConfigurationError
        It cannot be made, gives other than ``outputs`` numbers, or there is no such device.

    Attributes
    ----------
    block
        Rows that are asked about at a time.
    """

    def __init__(self, config: "Config", task: str, inputs: int, outputs: int) -> None:
        self._torch = torch()
        self._config, self._task = config, task
        self._device = _device(self._torch, config)
        with _own_random(self._torch, self._device, config.seed):
            self._module = self._made(inputs, outputs)
        self._optimizer = self._optimizing()
        own = [float(group["lr"]) for group in self._optimizer.param_groups]
        self._factors = [rate / own[0] for rate in own]
        self.block = min(config.batch, _BLOCK)
        self._rows = self._module_inputs(np.zeros((self.block, inputs)))
        self._good = {name: tensor.clone() for name, tensor in self._module.state_dict().items()}

    def _made(self, inputs: int, outputs: int) -> Any:  # noqa: ANN401 - a module
        """The module, its lazy parts made: it has seen zeros."""
        torch, config = self._torch, self._config
        class_ = find(config.module, "torch.nn.Module")
        try:
            module = by_path.make(
                class_, config.parameters, {"inputs": inputs, "outputs": outputs}
            ).to(self._device)
        except PathError as error:
            raise ConfigurationError(f"[model] parameters: {error}") from error
        module.eval()
        self._dtype = next((each.dtype for each in module.parameters()), torch.float32)
        try:
            with torch.no_grad():
                told = module(self._module_inputs(np.zeros((config.batch, inputs))))
            shape = tuple(told.shape)
        except Exception as error:
            raise ConfigurationError(
                f"[model] module = {config.module!r}: it cannot take {config.batch} rows of "
                f"{inputs} numbers, one for each numeric field and {config.one_hot} for each "
                f"categorical one: {error}. Make it for {inputs} inputs (a torch.nn.LazyLinear "
                "finds out by itself; a constructor's parameter named 'inputs' is told)"
            ) from error
        if shape not in {(config.batch, outputs), (config.batch,) * (outputs == 1)}:
            raise ConfigurationError(
                f"[model] module = {config.module!r}: of {config.batch} rows it gives numbers of "
                f"shape {list(shape)}, and [stream] task = {self._task!r} takes "
                f"{[config.batch, outputs]}: {_MEANT[self._task]}. Give its last layer {outputs} "
                "outputs (a constructor's parameter named 'outputs' is told)"
            )
        return module

    def _optimizing(self) -> Any:  # noqa: ANN401 - an optimizer
        """The optimizer, of the module's own groups of parameters where it has such."""
        config, module = self._config, self._module
        groups = getattr(module, "parameter_groups", module.parameters)()
        class_ = find(config.optimizer, "torch.optim.Optimizer")
        try:
            made = by_path.make(class_, config.optimizer_parameters, {"params": groups})
        except PathError as error:
            raise ConfigurationError(f"[model] optimizer_parameters: {error}") from error
        if inspect.signature(made.step).parameters["closure"].default is inspect.Parameter.empty:
            raise ConfigurationError(
                f"[model] optimizer = {config.optimizer!r}: it asks for the loss again within a "
                "step, by a closure, and is given a gradient; choose another, as torch.optim.SGD"
            )
        if any(not float(group.get("lr", 0.0)) > 0.0 for group in made.param_groups):
            raise ConfigurationError(
                f"[model] optimizer = {config.optimizer!r}: it has no learning rate that "
                "[schedule] could set; choose one that has, as torch.optim.SGD"
            )
        return made

    def _module_inputs(self, rows: np.ndarray) -> Any:  # noqa: ANN401 - a tensor
        return self._torch.from_numpy(rows).to(self._device, self._dtype)

    def say(self, rows: np.ndarray, place: int) -> np.ndarray:
        """Logits, or standardised numbers, of rows [n, inputs]: float64 [n, outputs].

        What is not finite is 0. Rows go through the module ``block`` at a time, the first of them
        at ``place``: so the arithmetic of a row rests on nothing but its place.
        """
        said = []
        while len(rows):
            now = rows[: self.block - place]
            self._rows[place : place + len(now)] = self._module_inputs(now)
            said.append(self._forward(self._rows)[place : place + len(now)])
            rows, place = rows[len(now) :], 0
        told = np.concatenate(said) if said else np.empty((0, 1))
        return np.nan_to_num(told, copy=False, nan=0.0, posinf=0.0, neginf=0.0)

    def _forward(self, rows: Any) -> np.ndarray:  # noqa: ANN401 - a tensor
        try:
            with self._torch.no_grad(), _one_thread(self._torch):
                told = self._module(rows)
        except Exception as error:
            raise self._failure("predicting", error) from error
        numbers: np.ndarray = told.reshape(len(rows), -1).double().cpu().numpy()
        return numbers

    def step(self, rows: np.ndarray, labels: Labels, known: int, rate: float, number: int) -> bool:
        """Take one step on a batch; False where that was not finite, and good weights came back.

        Parameters
        ----------
        rows : float64 [batch, inputs]
        labels : float64 [batch], float64 [batch]
            Class index, or standardised number; and how much the sample counts.
        known
            Outputs in use: the others have no part in it.
        rate
            Of the first group of parameters; others keep their proportion to it.
        number
            Of the step: random numbers (dropout's) follow from it and the seed.
        """
        for group, factor in zip(self._optimizer.param_groups, self._factors, strict=True):
            _set_rate(group, rate * factor)
        try:
            with (
                _own_random(self._torch, self._device, self._config.seed + number),
                _one_thread(self._torch),
            ):
                return self._step(rows, labels, known)
        except Exception as error:
            raise self._failure("learning", error) from error

    def _step(self, rows: np.ndarray, labels: Labels, known: int) -> bool:
        torch, module = self._torch, self._module
        module.train()
        told = module(self._module_inputs(rows)).reshape(len(rows), -1)[:, :known]
        module.eval()
        target, weight = (torch.from_numpy(each).to(self._device) for each in labels)
        loss = (weight.to(told.dtype) * self._losses(told, target)).mean()
        module.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(module.parameters(), self._config.clip)
        good = math.isfinite((loss + norm).item())
        if good:
            self._keep()
            self._optimizer.step()
            good = self._is_finite()
        if not good:
            self._restart()
        return good

    def _losses(self, told: Any, target: Any) -> Any:  # noqa: ANN401 - tensors
        """The loss of each row."""
        functional = self._torch.nn.functional
        if self._task == "multiclass":
            return functional.cross_entropy(told, target.long(), reduction="none")
        logits, target = told[:, 0], target.to(told.dtype)
        if self._task == "binary":
            return functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return 0.5 * functional.mse_loss(logits, target, reduction="none")

    def _is_finite(self) -> bool:
        with self._torch.no_grad():
            sums = [each.sum().double() for each in self._module.state_dict().values()]
        return math.isfinite(sum(sums).item())

    def _keep(self) -> None:
        with self._torch.no_grad():
            for name, tensor in self._module.state_dict().items():
                self._good[name].copy_(tensor)

    def _restart(self) -> None:
        """Take the last weights of which loss and gradient were finite; the optimizer forgets."""
        self._module.load_state_dict(self._good)
        self._optimizer.state.clear()

    def _failure(self, doing: str, error: Exception) -> DataError:
        return DataError(
            f"[model] module = {self._config.module!r}: torch failed in {doing} a batch: "
            f"{type(error).__name__}: {error}. Choose a module, parameters or an optimizer that "
            f"can take [model] batch = {self._config.batch} such rows"
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return weights, the last good ones, and what the optimizer remembers: no pickle."""
        return stored.arrays(self._module.state_dict(), self._good, self._optimizer)

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            An array is missing, left over, or of another shape.
        """
        stored.fill(self._module.state_dict(), self._good, self._optimizer, arrays)


def _device(torch: Any, config: "Config") -> Any:  # noqa: ANN401 - of torch's
    there = torch.cuda.is_available()
    if config.device == "cuda" and not there:
        raise ConfigurationError(
            "[model] device = 'cuda': torch finds no such device here; set 'cpu', or 'auto', which "
            "takes one where there is one"
        )
    return torch.device("cuda" if there and config.device != "cpu" else "cpu")


def _set_rate(group: dict[str, Any], rate: float) -> None:
    if hasattr(group["lr"], "fill_"):  # a tensor, as some optimizers want it
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


@contextlib.contextmanager
def _own_random(torch: Any, device: Any, seed: int) -> Iterator[None]:  # noqa: ANN401 - of torch's
    """Draw random numbers by this seed, and leave those of the process as they were."""
    on_device = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if on_device else []):
        torch.default_generator.manual_seed(seed)
        if on_device:
            torch.cuda.manual_seed(seed)
        yield


@contextlib.contextmanager
def _one_thread(torch: Any) -> Iterator[None]:  # noqa: ANN401 - the package
    """Compute on one core: batches are small, and bits must not depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
