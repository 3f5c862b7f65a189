"""Loops by hand around one sample: a network of torch's, and River's nearest.

River has had no multilayer perceptron since 0.22: a linear model behind its scaler stands for it.
Rows are in memory.
"""

import time
from typing import Any

import numpy as np

from benchmarks.loops import Outcome

UNITS = 64
_RATE = 0.05


def torchs(values: np.ndarray, truth: np.ndarray) -> Outcome:
    """Predict, score and learn each row by torch's SGD, one thread, behind a running scaler.

    The network is that of ``[model] type = "mlp"``: one hidden layer of leaky ReLUs.
    """
    import torch  # noqa: PLC0415 - optional

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers: list[Any] = [
        torch.nn.Linear(values.shape[1], UNITS),
        torch.nn.LeakyReLU(),
        torch.nn.Linear(UNITS, 1),
    ]
    network = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(network.parameters(), lr=_RATE)
    loss_of = torch.nn.BCEWithLogitsLoss()
    mean, squares, right = np.zeros(values.shape[1]), np.zeros(values.shape[1]), 0
    began = time.process_time()
    for seen, (row, label) in enumerate(zip(values, truth, strict=True)):
        deviation = np.sqrt(squares / max(seen, 1))
        scaled = np.divide(row - mean, deviation, out=np.zeros_like(row), where=deviation > 0)
        off = row - mean
        mean = mean + off / (seen + 1)
        squares = squares + off * (row - mean)
        logit = network(torch.from_numpy(scaled[None]).float())[:, 0]
        right += int((logit.item() > 0) == (label == 1))
        optimizer.zero_grad()
        loss_of(logit, torch.tensor([float(label)])).backward()
        optimizer.step()
    return Outcome(len(truth), right / len(truth), 0, time.process_time() - began)


def rivers(values: np.ndarray, truth: np.ndarray) -> Outcome:
    """Predict, score and learn each row by River's logistic regression behind its scaler."""
    from river import linear_model, optim, preprocessing  # noqa: PLC0415 - slow to import

    model = preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(_RATE))
    rows = [{f"x{place}": x for place, x in enumerate(row)} for row in values.tolist()]
    labels, right = (truth == 1).tolist(), 0
    began = time.process_time()
    for fields, label in zip(rows, labels, strict=True):
        right += int(model.predict_one(fields) == label)
        model.learn_one(fields, label)
    return Outcome(len(labels), right / len(labels), 0, time.process_time() - began)
