"""A schedule on its own: what a step takes and does, and what is refused."""

import copy
import json
import math
import pickle
from typing import Any, TypeAlias

import numpy as np
import pytest

from streamlr import ConfigurationError, DataError, LearningRateScheduler, StorageError, registry

Given: TypeAlias = Any
"""Right or wrong."""

BY_ALARM = {"type": "drift_boost", "rate": 0.1, "cooldown": 10}
WATCHING_LOSS = {"type": "adwin", "watch": "loss"}
HYPERGRADIENT = {"type": "hypergradient", "rate": 0.1, "meta_rate": 0.01}


def alone(name: str) -> bool:
    """Whether a schedule has one rate, and goes by what a step is given."""
    module = registry.load("schedules", name)
    return module.lanes(module.Config()) == 1 and not getattr(module, "USES_GRADIENTS", False)


ALONE = [name for name in registry.names("schedules") if alone(name)]
OTHERS = [name for name in registry.names("schedules") if name not in {*ALONE, "hypergradient"}]


def plain(subject: LearningRateScheduler, losses: list[float]) -> list[float]:
    return [subject.step(loss, error=loss > 0.5).rate for loss in losses]


# --- what a step does -----------------------------------------------------------------------------


def test_a_step_returns_its_effect() -> None:
    subject = LearningRateScheduler({"type": "multi_step", "milestones": [1], "factor": 0.5})
    assert subject.step(0.3) == (0.05, 1.0, 1, "", "")
    effect = subject.step(0.3)
    assert (effect.rate, effect.factor, effect.reason) == (0.025, 0.5, "milestone")
    assert (subject.rate, subject.steps) == (0.025, 2)
    [told] = subject.decisions
    assert (told.sample, told.event, told.reason) == (2, "rate", "milestone")
    assert (told.old, told.new) == (0.05, 0.025)


@pytest.mark.parametrize("detector", ["adwin", WATCHING_LOSS, "hddm_a", "ddm"])
def test_an_alarm_raises_the_rate(detector: Given) -> None:
    subject = LearningRateScheduler(BY_ALARM, detector=detector)
    effects = [subject.step(0.1 + 2 * (i > 500), error=i > 500 or i % 10 == 0) for i in range(700)]
    [first, *_] = [i for i, effect in enumerate(effects) if effect.alarm == "drift"]
    assert 500 < first < 600
    reasons = {"drift alarm", "drift warning"}
    boosted = next(effect for effect in effects[500:] if effect.reason in reasons)
    assert boosted.rate > 0.15
    assert boosted.factor == boosted.rate / 0.1
    assert {told.event for told in subject.decisions} >= {"drift", "rate"}


def test_a_detector_of_rivers_is_heard() -> None:
    detector = {"type": "river", "detector": "PageHinkley"}
    subject = LearningRateScheduler(BY_ALARM, detector=detector)
    alarms = [subject.step(0.1, error=i > 300).alarm for i in range(600)]
    assert "drift" in alarms


def test_a_warm_up_comes_first() -> None:
    subject = LearningRateScheduler({"type": "cosine", "rate": 0.4, "warm_up": 3})
    assert subject.rate == 0.1
    effects = [subject.step(0.0) for _ in range(4)]
    assert [effect.rate for effect in effects] == [0.1, 0.2, pytest.approx(0.3), 0.4]
    assert [effect.factor for effect in effects] == [0.25, 0.5, pytest.approx(0.75), 1.0]


@pytest.mark.parametrize("name", ALONE)
def test_every_schedule_with_one_rate_steps(name: str) -> None:
    # with the frequency of the property tests, whose kernels these are then
    subject = LearningRateScheduler(name, detector="none", frequency="follow_loss")
    rates = plain(subject, np.random.default_rng(2).random(50).tolist())
    assert all(0.0 < rate <= 1.0 for rate in rates)
    assert subject.steps == 50


@pytest.mark.parametrize("loss", [math.nan, math.inf, 1e101, 10**400, np.float32("nan")])
def test_a_loss_that_is_not_finite_is_skipped_and_counted(loss: Given) -> None:
    subject, other = (LearningRateScheduler(BY_ALARM, detector="adwin") for _ in range(2))
    for each in (0.5, loss, 0.7):
        effect = subject.step(each, error=1)
        if each is loss:
            assert (effect.updates, effect.reason) == (0, "the loss is not finite")
        else:
            other.step(each, error=1)
    assert (subject.steps, subject.skipped) == (2, 1)
    assert subject.state_dict()["state"] | {"skipped": [0]} == other.state_dict()["state"]


@pytest.mark.parametrize(
    "loss", [1, True, np.float32(1.0), np.array(1.0), np.array([1.0]), np.int64(1)]
)
def test_a_loss_is_any_number(loss: Given) -> None:
    subject, other = (LearningRateScheduler("bold_driver") for _ in range(2))
    subject.step(loss)
    other.step(1.0)
    assert subject.state_dict() == other.state_dict()


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        ("0.3", 0, "loss = '0.3': it must be a number, not of type str"),
        (None, 0, "loss = None: it must be a number"),
        (np.ones(2), 0, "loss holds many numbers; give one: a sample's, or the mean of a batch"),
        (-0.5, 0, "loss = -0.5: it must not be negative"),
        (0.5, None, "error is missing: .* 'adwin' watches it; .*'watch': 'loss'"),
        (0.5, "yes", "error = 'yes': it must be a number"),
        (0.5, 1.5, "error = 1.5: .* must be from 0 to 1; for other values watch the loss"),
    ],
)
def test_wrong_arguments_change_nothing(loss: Given, error: Given, message: str) -> None:
    subject = LearningRateScheduler(BY_ALARM, detector="adwin")
    before = subject.state_dict()
    with pytest.raises(DataError, match=message):
        subject.step(loss, error)
    assert subject.state_dict() == before


def test_a_share_of_errors_is_not_for_each_detector() -> None:
    LearningRateScheduler(BY_ALARM, detector="adwin").step(0.5, error=0.25)
    with pytest.raises(DataError, match="type = 'eddm' it must be 0 or 1"):
        LearningRateScheduler(BY_ALARM, detector="eddm").step(0.5, error=0.25)


def test_an_error_that_is_nan_is_not_shown() -> None:
    subject = LearningRateScheduler(BY_ALARM, detector="adwin")
    before = subject.state_dict()["state"]
    assert subject.step(0.5, error=math.nan).updates == 1
    after = subject.state_dict()["state"]
    assert {name for name in after if after[name] != before[name]} == {"steps", "schedule.since"}


# --- by the gradient ------------------------------------------------------------------------------


def test_hypergradient_goes_by_any_gradient() -> None:
    """rate + meta_rate · g · g', by hand."""
    subject = LearningRateScheduler(HYPERGRADIENT)
    first, second = np.array([1.0, -2.0, 0.5]), np.array([2.0, 1.0, 4.0])
    assert subject.step(0.5, gradient=first).rate == 0.1
    assert subject.step(0.5, gradient=second).rate == pytest.approx(0.1 + 0.01 * 2.0)
    assert subject.step(0.5, gradient=-first).rate == pytest.approx(0.1)


def test_hypergradient_descends() -> None:
    """A rate far too small for a valley grows, and its minimum is reached."""
    subject = LearningRateScheduler({"type": "hypergradient", "rate": 0.001, "meta_rate": 0.001})
    weights = np.array([3.0, -2.0])
    for _ in range(100):
        gradient = weights * [1.0, 2.0]
        loss = float(weights @ gradient) / 2
        weights -= subject.step(loss, gradient=gradient).rate * gradient
    assert subject.rate > 0.01
    assert np.abs(weights).max() < 0.1


def test_a_gradient_that_is_not_finite_is_skipped() -> None:
    subject = LearningRateScheduler(HYPERGRADIENT)
    subject.step(0.5, gradient=[1.0, 2.0])
    before = subject.state_dict()["state"]
    effect = subject.step(0.5, gradient=[1.0, math.nan])
    assert (effect.updates, effect.reason) == (0, "the gradient is not finite")
    assert subject.state_dict()["state"] == before | {"skipped": [1]}


@pytest.mark.parametrize(
    ("schedule", "gradient", "message"),
    [
        ("cosine", [1.0], "gradient: .* 'cosine' does not go by it; leave it out"),
        ("hypergradient", None, "gradient is missing: hypergradient goes by it"),
        ("hypergradient", [[1.0]], r"gradient has the shape \(1, 1\); .* ravel it"),
        ("hypergradient", [], r"gradient has the shape \(0,\)"),
        ("hypergradient", ["a"], "gradient: it must be an array of numbers"),
        ("hypergradient", [1.0], "gradient has 1 numbers, and 2 before"),
    ],
)
def test_wrong_gradients_are_refused(schedule: str, gradient: Given, message: str) -> None:
    subject = LearningRateScheduler(schedule)
    if schedule == "hypergradient":
        subject.step(0.5, gradient=[1.0, 2.0])
    before = subject.state_dict()
    with pytest.raises(DataError, match=message):
        subject.step(0.5, gradient=gradient)
    assert subject.state_dict() == before


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OTHERS)
def test_schedules_that_want_our_own_models_are_refused(name: str) -> None:
    message = f"type = '{name}': it .*; choose drift_boost.*; {name} is for streamlr.OnlineModel"
    with pytest.raises(ConfigurationError, match=message):
        LearningRateScheduler(name)


@pytest.mark.parametrize(
    ("schedule", "detector", "message"),
    [
        ("drift_bost", "adwin", r"there is no 'drift_bost' \(did you mean 'drift_boost'\?\)"),
        ("drift_boost", "adwine", r"\[detector\] .*\(did you mean 'adwin'\?\)"),
        ("drift_boost", None, "without a detector there are none; pass detector = 'adwin'"),
        ({"type": "cosine", "perod": 3}, None, r"perod: unknown key \(did you mean 'period'\?\)"),
        ({"rate": 0.1}, None, r"\[schedule\] type is missing; choose one of: .*cosine"),
        (3, None, r"\[schedule\] = 3: must be a table; give it a type"),
        ("cosine", {"type": "adwin", "watch": "prediction"}, "choose one of: error, loss"),
        ("cosine", {"type": "ddm", "watch": "loss"}, "ddm is made for values of 0 to 1"),
    ],
)
def test_wrong_settings_say_what_to_do(schedule: Given, detector: Given, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        LearningRateScheduler(schedule, detector=detector)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        LearningRateScheduler(
            "race", detector={"type": "adwin", "delta": 2.0}, frequency="folow_loss"
        )
    faults = raised.value.faults
    assert [fault.split()[0] for fault in faults] == ["[detector]", "[frequency]", "[schedule]"]


# --- state ----------------------------------------------------------------------------------------


def other_settings(**changes: object) -> dict[str, Any]:
    """Return a state, something in it changed."""
    subject = LearningRateScheduler(BY_ALARM, detector="adwin").drive({"lr": 1.0}, relative=True)
    subject.step(0.5, 1)
    state: dict[str, Any] = json.loads(json.dumps(subject.state_dict()))
    return state | changes


def test_a_state_of_others_is_refused() -> None:
    cosine = {"type": "cosine", "rate": 0.1}
    quicker = {**BY_ALARM, "type": "drift_boost", "cooldown": 5}
    cases: dict[str, tuple[Given, str]] = {
        "no mapping": (7, "this is no state of a LearningRateScheduler"),
        "of something else": ({"lr": 1.0}, "this is no state of a LearningRateScheduler"),
        "newer": (other_settings(format=2), "is of format 2, and this version .* reads 1"),
        "schedule": (other_settings(schedule=cosine), "type = 'cosine', here 'drift_boost'"),
        "cooldown": (other_settings(schedule=quicker), "cooldown = 5, here 10"),
        "driven": (other_settings(relative_to=[]), "drove 0 things.*this one drives 1 things"),
        "lost": (other_settings(state={}), "damaged: arrays differ in name"),
        "short": (
            other_settings(state={**other_settings()["state"], "schedule.since": [1]}),
            "damaged",
        ),
        "words": (other_settings(gradient="x"), "damaged"),
    }
    for state, message in cases.values():
        group = {"lr": 1.0}
        subject = LearningRateScheduler(BY_ALARM, detector="adwin").drive(group, relative=True)
        before = subject.state_dict()
        with pytest.raises(StorageError, match=message):
            subject.load_state_dict(state)
        assert subject.state_dict() == before
        assert group == {"lr": 1.0}


def test_a_state_with_a_river_object_is_refused() -> None:
    detector = {"type": "river", "detector": "KSWIN"}
    with pytest.raises(ConfigurationError, match="choose a detector of streamlr's own, as adwin"):
        LearningRateScheduler("cosine", detector=detector).state_dict()


def test_a_state_stands_by_itself() -> None:
    subject = LearningRateScheduler(BY_ALARM, detector="adwin").drive({"lr": 1.0}, relative=True)
    state = subject.state_dict()
    kept = json.dumps(state)
    plain(subject, [0.3, 0.9])
    state["relative_to"][0].append(3.0)
    state["relative_to"][0].pop()
    assert json.dumps(state) == kept
    subject.load_state_dict(state)
    plain(subject, [0.3])
    assert json.dumps(state) == kept


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_copy_is_made_by_its_state(make: Given) -> None:
    with pytest.raises(TypeError, match=r"make and drive another, and give it load_state_dict"):
        make(LearningRateScheduler("cosine"))


def test_it_says_what_it_is() -> None:
    subject = LearningRateScheduler("cosine")
    subject.step(0.1)
    told = "<LearningRateScheduler schedule='cosine' detector='none' steps=1 rate=0.05>"
    assert repr(subject) == told
