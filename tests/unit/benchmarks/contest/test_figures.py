"""Figures from canned results."""

import math

import pytest

from benchmarks.contest.figures import Measured, figures
from benchmarks.contest.scores import Outcome
from benchmarks.contest.simulated import Drifting, Stationary


def of_classes(accuracy: float, log_loss: float, rows: int = 10_000) -> Outcome:
    metrics = {"accuracy": accuracy, "kappa_temporal": math.nan, "log_loss": log_loss}
    return Outcome(metrics, rows, cpu_seconds=0.5)


def of_numbers(mae: float) -> Outcome:
    return Outcome({"mae": mae, "rmse": 2 * mae}, 1_000, cpu_seconds=0.0)


MEASURED = Measured(
    streams={
        "easy": {"race": of_classes(0.93, 0.2), "best_fixed": of_classes(0.92, 0.3)},
        "hard": {"race": of_classes(0.70, 0.71), "best_fixed": of_classes(0.71, 0.7)},
        "prices": {"race": of_numbers(10.0), "best_fixed": of_numbers(10.05)},
    },
    drifting={
        "abrupt": [
            Drifting(0.92, 0.91, 0.90, 0.88, [600], [1200], [300]),
            Drifting(0.94, 0.91, 0.90, 0.90, [800], [1600], [500]),
        ]
    },
    stationary=[Stationary(50_000, 2, 0), Stationary(50_000, 4, 1)],
)


def test_every_figure_has_its_name_and_value() -> None:
    found = {name: round(spread.median, 9) for name, spread in figures(MEASURED).items()}
    assert found == {
        "accuracy.easy.race": 93.0,
        "accuracy.easy.best_fixed": 92.0,
        "accuracy.hard.race": 70.0,
        "accuracy.hard.best_fixed": 71.0,
        "log_loss.easy.race": 0.2,
        "log_loss.easy.best_fixed": 0.3,
        "log_loss.hard.race": 0.71,
        "log_loss.hard.best_fixed": 0.7,
        "mae.prices.race": 10.0,
        "mae.prices.best_fixed": 10.05,
        "samples_per_cpu_second.easy.race": 20_000.0,
        "samples_per_cpu_second.easy.best_fixed": 20_000.0,
        "samples_per_cpu_second.hard.race": 20_000.0,
        "samples_per_cpu_second.hard.best_fixed": 20_000.0,
        "wins": 1,
        "ties": 1,
        "losses": 1,
        "log_loss_wins": 1,
        "log_loss_ties": 0,
        "log_loss_losses": 1,
        "abrupt_gain_points": 2.0,
        "abrupt_random_control_points": 1.0,
        "abrupt_recovery_rows_fixed": 1400,
        "abrupt_recovery_rows": 700,
        "abrupt_recovery_ratio": 0.5,
        "abrupt_recovery_to_fixed_rows": 400,
        "abrupt_recovery_to_fixed_ratio": round(400 / 1400, 9),
        "stationary_false_alarms_per_100k": 6.0,
        "stationary_rising_alarms_per_100k": 1.0,
    }


def test_seeds_are_summed_up_by_their_mean() -> None:
    seeds = [Drifting(accuracy, 0.5, 0.5, 0.5, [], [], []) for accuracy in (0.5, 0.5, 0.8)]
    gain = figures(Measured(drifting={"abrupt": seeds}))["abrupt_gain_points"]
    assert (gain.median, gain.least, gain.most) == pytest.approx((10.0, 0.0, 30.0))


def test_without_the_race_or_the_fixed_rates_nobody_wins() -> None:
    found = figures(Measured(streams={"easy": {"race": of_classes(0.93, 0.2)}}))
    assert "wins" not in found
    assert "log_loss_wins" not in found


def test_a_ratio_to_nothing_is_left_out() -> None:
    seeds = [Drifting(0.9, 0.9, 0.9, 0.9, [600], [0], [600])]
    assert "abrupt_recovery_ratio" not in figures(Measured(drifting={"abrupt": seeds}))
