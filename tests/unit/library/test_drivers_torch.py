"""torch's optimizers, driven."""

from itertools import pairwise

import pytest

from streamlr import ConfigurationError, LearningRateScheduler
from tests.servers.requirements import require_package

torch = require_package("torch")

HALVING = {"type": "step", "rate": 0.2, "every": 1, "factor": 0.5}


def test_the_weights_move_by_the_driven_rate() -> None:
    """The classic loop, on a loss whose gradient is 1."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=3.0)
    scheduler = LearningRateScheduler(HALVING).drive(optimizer)
    places = [0.0]
    for _ in range(3):
        loss = (weight + 1.0).sum()
        optimizer.zero_grad()
        loss.backward()
        scheduler.step(loss)
        optimizer.step()
        places.append(weight.item())
    moved = [before - after for before, after in pairwise(places)]
    assert moved == pytest.approx([0.2, 0.1, 0.05])


def test_groups_keep_their_proportions() -> None:
    first, second = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
    groups = [{"params": [first]}, {"params": [second], "lr": 0.1}]
    optimizer = torch.optim.Adam(groups, lr=1.0)
    scheduler = LearningRateScheduler(HALVING).drive(optimizer, relative=True)
    scheduler.step(0.5)
    scheduler.step(0.5)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.05]


def test_an_optimizer_that_loads_a_state_is_driven_on() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = LearningRateScheduler(HALVING).drive(optimizer, relative=True)
    kept = optimizer.state_dict(), scheduler.state_dict()
    scheduler.step(0.5)
    scheduler.step(0.5)
    optimizer.load_state_dict(kept[0])
    scheduler.load_state_dict(kept[1])
    scheduler.step(0.5)
    scheduler.step(0.5)
    scheduler.step(0.5)
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_a_rate_that_is_a_tensor_is_set_in_place() -> None:
    rate = torch.tensor(1.0)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    LearningRateScheduler(HALVING).drive(optimizer)
    assert rate.item() == pytest.approx(0.2)
    assert optimizer.param_groups[0]["lr"] is rate


def test_hypergradient_takes_a_models_gradients() -> None:
    model = torch.nn.Linear(2, 1)
    scheduler = LearningRateScheduler("hypergradient")
    for _ in range(2):
        model.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        gradient = torch.cat([each.grad.ravel() for each in model.parameters()])
        effect = scheduler.step(0.5, gradient=gradient)
    assert effect.rate == pytest.approx(0.05 + 0.001 * 3.0)


def test_a_state_is_saved_without_pickle(tmp_path: object) -> None:
    scheduler = LearningRateScheduler({"type": "drift_boost"}, detector="adwin")
    scheduler.step(0.5, error=1)
    torch.save(scheduler.state_dict(), f"{tmp_path}/state.pt")
    assert torch.load(f"{tmp_path}/state.pt", weights_only=True) == scheduler.state_dict()


def test_a_module_is_no_function_of_the_rate() -> None:
    with pytest.raises(ConfigurationError, match="Linear has no learning rate to set"):
        LearningRateScheduler(HALVING).drive(torch.nn.Linear(1, 1))
