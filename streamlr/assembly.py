"""What an engine is put together from: a module for each stage, all lengths, the first state."""

from types import ModuleType
from typing import Any

import numpy as np

from streamlr import kernel, registry, state_tree, tasks, unlabelled, weighing
from streamlr.components import Shape
from streamlr.config import Configuration
from streamlr.detectors import watch
from streamlr.features import as_is
from streamlr.models import self_training
from streamlr.schedules import warm_up

_REASONS = 8  # most reasons that a schedule may tell

Stages = dict[str, ModuleType]
"""Name of a stage, as kernels have it → the module that is run there."""


def model(config: Configuration) -> ModuleType:
    """The model's module; where records without a label are learned, the one that does."""
    if unlabelled.are_learned(config):
        return self_training
    return registry.load("models", config.model.type)


def is_batched(module: ModuleType) -> bool:
    """Whether Python asks a model about many samples at a time."""
    return hasattr(module, "BATCHED")


def stages(config: Configuration) -> Stages:
    """The module of each stage."""
    task, learner = tasks.load(config.stream.task), model(config)
    scaled = getattr(learner, "SCALED", True)
    schedule = registry.load("schedules", config.schedule.type)
    own = _variant(learner, config.stream.task)
    return {
        "task": tasks.variant(task, config.classes),
        "weighing": weighing.load(config.classes),
        "features": registry.load("features", config.features.type) if scaled else as_is,
        "model": own,
        "unlabelled": own if hasattr(own, "suppose") else unlabelled,
        "detector": registry.load("detectors", config.detector.type),
        "frequency": registry.load("frequencies", config.frequency.type),
        "schedule": warm_up.before(_variant(schedule, config.stream.task), config.schedule),
        "evaluator": registry.load("evaluation", config.evaluation.type),
    }


def shape(
    config: Configuration, stages: Stages, features: int, categories: int, texts: int
) -> Shape:
    """How large all is, for so many columns; the model is told, and may refuse."""
    task, learner = tasks.load(config.stream.task), model(config)
    schedule = registry.load("schedules", config.schedule.type)
    brought = learner.brings(config.model) if hasattr(learner, "brings") else ()
    classes = task.classes(config.stream.max_classes)
    outputs = task.outputs(classes)
    found = Shape(
        features=features,
        classes=classes,
        lanes=schedule.lanes(config.schedule) + sum(len(lanes.rates) for lanes in brought),
        categories=categories,
        buckets=stages["features"].buckets(config.features, categories + texts),
        outputs=outputs,
        brought=brought,
        beside=outputs if is_batched(learner) else 0,
        tokens=texts * config.features.tokenising.most,
    )
    if hasattr(learner, "settle"):
        learner.settle(config.model, found)
    return found


def _variant(module: ModuleType, task: str) -> ModuleType:
    """What is run in a component's place for a task: itself, where it offers nothing else."""
    variant: ModuleType = module.variant(task) if hasattr(module, "variant") else module
    return variant


def initial_state(
    stages: Stages, config: Configuration, shape: Shape, names: tuple[str, ...]
) -> kernel.State:
    """Nothing seen, nothing learned."""

    def zeros(count: int) -> np.ndarray:
        return np.zeros(count, np.int64)

    tables: dict[str, Any] = {
        "features": config.features,
        "model": config.labels if unlabelled.are_learned(config) else config.model,
        "detector": config.detector,
        "schedule": config.schedule,
        "frequency": config.frequency,
        "evaluator": config.evaluation,
        "weighing": config.classes,
    }
    parts = {stage: stages[stage].init(table, shape) for stage, table in tables.items()}
    return kernel.State(
        counters=kernel.Counters(
            predicted=zeros(1),
            learned=zeros(1),
            updates=zeros(1),
            passed_over=zeros(1),
            replayed=zeros(1),
            alarms=zeros(3),
            rate_changes=zeros(_REASONS),
        ),
        task=stages["task"].init(shape),
        watch=watch.init(config.detector, shape, names),
        pending=pending(shape, 0),
        **parts,
    )


def lengths(
    stages: Stages, config: Configuration, shape: Shape, names: tuple[str, ...]
) -> dict[str, int]:
    """What the kernel may take for granted: all lengths but those that follow from the fields.

    So one compiled kernel serves streams of any width, with any number of pending predictions.
    """
    narrow, wide, own = (
        dict(
            state_tree.leaves(
                initial_state(stages, config, other, names)._replace(pending=pending(other, slots))
            )
        )
        for slots, other in (
            (0, shape._replace(features=1, categories=0, buckets=0, tokens=0)),
            (1, shape._replace(features=2, categories=3, buckets=5, tokens=1)),
            (2, shape),
        )
    )
    of_state = {
        f"state.{name}.shape[{axis}]": length
        for name, array in narrow.items()
        for axis, length in enumerate(array.shape)
        if length == wide[name].shape[axis] == own[name].shape[axis]
    }
    return of_state | {"out.answer.shape[0]": shape.outputs}


def pending(shape: Shape, slots: int) -> kernel.Pending:
    """Room for predictions that wait for their label."""
    return kernel.Pending(
        value=np.zeros((slots, shape.inputs)),
        row=np.zeros((slots, shape.sparse), np.int64),
        prediction=np.zeros((slots, shape.outputs * shape.lanes)),
        known=np.zeros(slots, np.int64),
        answer=np.zeros((slots, shape.outputs)),
        said=np.zeros(slots),
        field=np.zeros(slots),
    )
