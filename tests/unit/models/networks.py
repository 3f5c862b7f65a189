"""Networks that tests name by dotted path."""

from typing import Any

from tests.servers.requirements import require_package

torch = require_package("torch")
Module: Any = torch.nn.Module


class Wide(Module):  # type: ignore[misc]
    """A hidden layer and a direct link, which learns at a tenth of its rate."""

    def __init__(self, inputs: int, outputs: int, hidden: int = 8, drop: float = 0.0) -> None:
        super().__init__()
        self.hidden = torch.nn.Sequential(
            torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Dropout(drop)
        )
        self.deep = torch.nn.Linear(hidden, outputs)
        self.link = torch.nn.Linear(inputs, outputs, bias=False)

    def parameter_groups(self) -> list[dict[str, Any]]:
        deep = [*self.hidden.parameters(), *self.deep.parameters()]
        return [{"params": deep, "lr": 1.0}, {"params": self.link.parameters(), "lr": 0.1}]

    def forward(self, rows: Any) -> Any:  # noqa: ANN401 - tensors
        return self.deep(self.hidden(rows)) + self.link(rows)


class Explosive(Module):  # type: ignore[misc]
    """Beyond a weighted sum of 89 its outputs overflow."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(inputs, outputs)

    def forward(self, rows: Any) -> Any:  # noqa: ANN401 - tensors
        return torch.sinh(self.linear(rows))


class Flat(Module):  # type: ignore[misc]
    """Gives one number too few: no dimension for outputs, whatever they are."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(inputs, 1)

    def forward(self, rows: Any) -> Any:  # noqa: ANN401 - tensors
        return self.linear(rows)[:, 0]
