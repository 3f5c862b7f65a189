"""Misfits: tables of a configuration that are right each, and do not go together.

A table that is wrong by itself is None here: it has its own faults.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from streamlr import deriving, registry
from streamlr.deriving import Named
from streamlr.detectors import watch
from streamlr.models import self_training


def of_components(tables: Mapping[str, Any], parts: dict[str, Any]) -> list[str]:
    """Faults between components, in words; a race of a model that is not linear is fitted to it.

    Parameters
    ----------
    tables
        As they were written.
    parts
        As they were understood, with defaults.
    """
    faults: list[str] = []
    _check_unsupervised(parts, faults)
    _check_texts(parts, faults)
    _check_tasks(parts, faults)
    _check_classes(parts, faults)
    _check_race(parts, faults)
    _check_unlabelled(parts, faults)
    _check_python(tables, parts, faults)
    _check_linear(parts, faults)
    _check_watch(parts, faults)
    _check_pickle(parts, faults)
    _check_decoder(parts, faults)
    _check_derived(parts, faults)
    return faults


def of_the_stream(parts: Mapping[str, Any]) -> list[str]:
    """Faults between the source, the sinks, and who keeps the state; every table must be right."""
    return [*_loops(parts), *_by_partition(parts)]


def in_python(model: Any) -> bool:  # noqa: ANN401 - a model's Config, or None
    """Whether a model is another library's: one learner, in Python."""
    return model is not None and hasattr(registry.load("models", model.type), "OWNER")


def takes_texts(config: Any) -> bool:  # noqa: ANN401 - a Configuration: it imports this
    """Whether words can be learned from by the model and the schedule."""
    return not _refusing_texts(
        {table: getattr(config, table) for table in ("model", "schedule", "labels")}
    )


def _refusing_texts(parts: Mapping[str, Any]) -> list[str]:
    """What takes no texts, as the configuration calls it."""
    refusing = []
    if not getattr(registry.load("models", parts["model"].type), "TEXTS", False):
        refusing.append(f"[model] type = {parts['model'].type!r}")
    if not getattr(registry.load("schedules", parts["schedule"].type), "TEXTS", True):
        refusing.append(f"[schedule] type = {parts['schedule'].type!r}")
    if getattr(parts["labels"], "unlabelled", "ignore") != "ignore":
        refusing.append(f"[labels] unlabelled = {parts['labels'].unlabelled!r}")
    return refusing


def _check_texts(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether words that are asked for can be learned from."""
    stream = parts["stream"]
    if stream is None or not stream.texts or parts["model"] is None or parts["schedule"] is None:
        return
    if stream.task == "unsupervised":
        faults.append(
            f"[stream] texts = {list(stream.texts)}: with task = 'unsupervised' only numbers are "
            "compared; remove the key"
        )
        return
    faults += [
        f"[stream] texts = {list(stream.texts)}: {what} takes no words; leave that out, for the "
        "task's own linear model in a race, or remove the texts"
        for what in _refusing_texts(parts)
    ]


def _check_python(tables: Mapping[str, Any], parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether a model that runs in Python fits the task, and the others fit it."""
    model, stream, schedule = parts["model"], parts["stream"], parts["schedule"]
    if not in_python(model):
        return
    learner, classes = registry.load("models", model.type), parts["classes"]
    if hasattr(learner, "BATCHED"):
        _check_batched(parts, faults)
    else:
        _check_task(model, stream, faults)
    if classes and classes.weights is not None and not learner.takes_weight(model):
        faults.append(
            f"[classes] weights = {classes.weights!r}: {model.path} learns all samples alike; "
            "choose a model that takes a weight, or remove the key"
        )
    if "features" in tables and not getattr(learner, "SCALED", True):
        faults.append(
            "[features]: a River model gets the fields as they came; leave the table out, and put "
            "a scaler into a river.compose.Pipeline"
        )
    if schedule is None:
        return
    module = registry.load("schedules", schedule.type)
    if getattr(module, "USES_GRADIENTS", False):
        faults.append(
            f"[schedule] type = {schedule.type!r}: it works out the gradient of streamlr's own "
            f"linear models, and a {learner.OWNER} model keeps its own to itself; choose constant, "
            "or another that goes by the number of samples or by the loss"
        )
    if module.lanes(schedule) == 1:
        return
    faults.append(
        f"[schedule] type = {schedule.type!r}: it runs a learner for each of its rates side by "
        f"side, and a {learner.OWNER} model is one learner; choose constant, or another with one "
        "rate"
    )


def _check_task(model: Any, stream: Any, faults: list[str]) -> None:  # noqa: ANN401 - their Configs
    """Whether the estimator is of the stream's task, which it may be of one of only."""
    learner = registry.load("models", model.type)
    if stream is None or stream.task not in learner.TASKS:  # that is told elsewhere
        return
    why = learner.misfit(model, stream.task)
    if why:
        faults.append(f"[model] path = {model.path!r} does not fit [stream] task: {why}")


def _check_batched(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether every sample is learned once, where a batch of them makes a step."""
    frequency, model = parts["frequency"], parts["model"]
    if frequency is not None and frequency.type != "every_sample":
        faults.append(
            f"[frequency] type = {frequency.type!r}: a {model.type} model takes a step for every "
            f"[model] batch = {model.batch} samples, each learned once; remove the table"
        )


def _check_linear(parts: dict[str, Any], faults: list[str]) -> None:
    """Whether the schedule can do without gradients, where the model is not linear.

    A race then runs its grid alone; lanes that a person asked for are not taken away in silence.
    """
    model, schedule = parts["model"], parts["schedule"]
    if model is None or schedule is None or in_python(model):
        return
    learner = registry.load("models", model.type)
    if getattr(learner, "LINEAR", False):
        return
    module = registry.load("schedules", schedule.type)
    if getattr(module, "USES_GRADIENTS", False):
        faults.append(
            f"[schedule] type = {schedule.type!r}: it works out the gradient of a linear model, "
            f"and {model.type} is none; choose race, constant, drift_boost, or another that goes "
            "by the number of samples or by the loss"
        )
    if not hasattr(module, "grid_alone"):
        return
    alone = module.grid_alone(schedule, copied=getattr(learner, "COPIED", False))
    faults.extend(
        f"[schedule] {key} = {getattr(schedule, key)}: only a race of linear models has that, and "
        f"{model.type} is none; leave the key out"
        for key in sorted(schedule.model_fields_set)
        if getattr(schedule, key) != getattr(alone, key)
    )
    parts["schedule"] = alone


def _check_unsupervised(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether more is asked for than comparing numbers."""
    stream, labels = parts["stream"], parts["labels"]
    if stream is None or stream.task != "unsupervised":
        return
    if labels is not None and labels.type != "inline":
        faults.append(
            f"[labels] type = {labels.type!r}: with [stream] task = 'unsupervised' no label is "
            "waited for; remove the table"
        )
    if stream.categories:
        faults.append(
            f"[stream] categories = {stream.categories}: with task = 'unsupervised' only numbers "
            "are compared; remove the key, and such fields are left out"
        )


def _check_tasks(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether model and evaluation fit the task."""
    for table, kind in (("model", "models"), ("evaluation", "evaluation")):
        if parts["stream"] is None or parts[table] is None:
            continue
        task = parts["stream"].task
        if task not in registry.load(kind, parts[table].type).TASKS:
            fitting = [
                name for name in registry.names(kind) if task in registry.load(kind, name).TASKS
            ]
            faults.append(
                f"[{table}] type = {parts[table].type!r} does not fit [stream] task = {task!r}; "
                f"choose one of: {', '.join(fitting)}"
            )


def _check_classes(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether there are classes to weigh, and two to tell apart."""
    stream, classes = parts["stream"], parts["classes"]
    if stream is None or classes is None:
        return
    task = stream.task
    if classes.weights is not None and task not in {"binary", "multiclass"}:
        faults.append(
            f"[classes] weights = {classes.weights!r}: with [stream] task = {task!r} there are no "
            "classes; remove the key"
        )
    if classes.threshold is not None and task != "binary":
        faults.append(
            f"[classes] threshold = {classes.threshold}: it tells two classes apart, and [stream] "
            f"task is {task!r}; remove the key, or set task = 'binary'"
        )
    if classes.threshold is not None and classes.positive is None:
        faults.append(
            f"[classes] threshold = {classes.threshold}: of which class? Name it in positive, as "
            "positive = 'fraud'"
        )
    if classes.threshold is None and classes.positive is not None:
        faults.append(
            f"[classes] positive = {classes.positive!r}: it says which class threshold is about; "
            "set threshold, or remove the key"
        )


def _check_race(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether a model with lanes of its own has a schedule that weighs them."""
    model, schedule = parts["model"], parts["schedule"]
    if model is None or schedule is None:
        return
    if not hasattr(registry.load("models", model.type), "brings"):
        return
    if registry.load("schedules", schedule.type).lanes(schedule) == 1:
        faults.append(
            f"[model] type = {model.type!r} has lanes that only a race weighs, and [schedule] "
            f"type = {schedule.type!r} runs one; set [schedule] type = 'race', or leave [model] out"
        )


def _check_unlabelled(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether records without a label can be learned: by a race of linear models of classes."""
    labels, stream, model, schedule = (
        parts[table] for table in ("labels", "stream", "model", "schedule")
    )
    if stream is None or model is None or schedule is None:
        return
    if getattr(labels, "unlabelled", "ignore") == "ignore":
        return
    wrong = [
        f"[{table}] {key} = {value!r}"
        for table, key, value, fits in (
            ("stream", "task", stream.task, stream.task in self_training.TASKS),
            ("model", "type", model.type, model.type in self_training.BESIDE),
            (
                "schedule",
                "type",
                schedule.type,
                hasattr(registry.load("schedules", schedule.type), "grid_alone"),
            ),
        )
        if not fits
    ]
    if wrong:
        faults.append(
            f"[labels] unlabelled = 'pseudo' does not fit {' and '.join(wrong)}: only a race of "
            "linear models learns records without a label, and only classes; leave [model] and "
            "[schedule] out with task = 'binary' or 'multiclass', or set unlabelled = 'ignore'"
        )


def _check_watch(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether the detector is made for what it watches."""
    stream, detector = parts["stream"], parts["detector"]
    if stream is None or detector is None:
        return
    derived = (named.derivation.numbers for named in _derivations(parts))
    own = getattr(parts["labels"], "own_value", False) and stream.task == "regression"
    numbers = (*stream.features, *[stream.label] * own, *chain.from_iterable(derived))
    if detector.feature is not None and stream.features and detector.feature not in numbers:
        faults.append(
            f"[detector] watch = {detector.watch!r}: [stream] features does not name "
            f"{detector.feature!r}, but: {', '.join(numbers)}"
        )
    comes = watch.values(detector.watch, stream.task)
    if watch.ORDER.index(comes) < watch.ORDER.index(detector.takes):
        faults.append(
            f"[detector] watch = {detector.watch!r}: {detector.type} is made for values of "
            f"{detector.takes}, and here comes {comes} ([stream] task = {stream.task!r}); watch "
            "another value, or choose a detector that takes any number, as adwin does"
        )


def _check_pickle(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether checkpoints may hold what they would have to hold."""
    checkpoint = parts["checkpoint"]
    if checkpoint is None or checkpoint.directory is None or checkpoint.allow_pickle:
        return
    faults.extend(
        f"[{table}] type = {parts[table].type!r}: its object goes into a checkpoint only as a "
        "pickle, and reading one runs the code in it; set [checkpoint] allow_pickle = true where "
        "nobody else can write its directory, or set no directory"
        for table in ("model", "detector")
        if parts[table] is not None and parts[table].needs_pickle
    )


def _check_decoder(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether the source has records of the decoder's kind."""
    source, decoder = parts["source"], parts["decoder"]
    if source is None or decoder is None:
        return
    misfit = getattr(registry.load("decoders", decoder.type), "misfit", None)
    if misfit is not None and (why := misfit(source.type)):
        faults.append(
            f"[decoder] type = {decoder.type!r} does not fit [source] type = {source.type!r}: {why}"
        )


def _derivations(parts: Mapping[str, Any]) -> list[Named]:
    """What is derived; nothing where a table of it is wrong by itself."""
    stream, tables = parts["stream"], parts["derive"]
    return [] if stream is None or None in tables else deriving.build(tables, stream.task)


def _check_derived(parts: Mapping[str, Any], faults: list[str]) -> None:
    """Whether what is derived from may be, and goes by the label and the join."""
    stream, labels = parts["stream"], parts["labels"]
    joined_by: Mapping[str, str] = getattr(labels, "fields", {})
    source = parts["source"] and registry.load("sources", parts["source"].type)
    for table, (title, derivation) in zip(parts["derive"], _derivations(parts), strict=False):
        misfit = getattr(registry.load("derivations", table.type), "misfit", None)
        if misfit is not None and labels is not None and source is not None:
            stamped = "timestamps" in getattr(source, "BRINGS", ())
            why = misfit(table, stream.task, labels.type, stamped=stamped)
            faults.extend([f"{title}: {why}"] if why else [])
        for key, name, role in derivation.fields:
            said = f"{title} {key} = {name!r}"
            if name == stream.label:
                why = (
                    "whose own value is a feature by [labels] own_value, and nothing else"
                    if hasattr(labels, "own_value")
                    else "which is not known when a record is predicted"
                )
                faults.append(f"{said}: that is the label, {why}; name another field")
            elif name in joined_by.values() and (role != "time" or name == joined_by.get("key")):
                faults.append(f"{said}: [labels] reads it to join by; name another field")
            elif name in stream.texts:
                faults.append(
                    f"{said}: [stream] texts has its words read; name another field, or take it "
                    "out there"
                )
        if derivation.categories and stream.task == "unsupervised":
            faults.append(
                f"{title} makes categories: with [stream] task = 'unsupervised' only numbers are "
                "compared; remove it"
            )


def _by_partition(parts: Mapping[str, Any]) -> list[str]:
    """What does not go with a state of its own for each partition."""
    if parts["state"].unit == "pipeline":
        return []
    source, by = parts["source"], "with [state] unit = 'partition'"
    faults = []
    if parts["warm_start"].path is not None:
        faults.append(
            f"[warm_start] path: {by} every partition would have to learn the history first; "
            "remove it, or set unit = 'pipeline'"
        )
    if hasattr(source, "group"):
        faults += [
            f"[{table}] type = 'file': {by} each partition has checkpoints of its own, and a file "
            "is cut back to one as a whole; choose 'kafka' or 'stdout'"
            for table in ("sink", "dead_letters")
            if parts[table].type == "file"
        ]
    if not getattr(source, "group", ""):
        return faults
    if parts["checkpoint"].directory is None:
        faults.append(
            f"[checkpoint] directory is missing: {by} the members of [source] group hand state "
            "over through it; name a folder that all of them share"
        )
    if source.stop_at == "end":
        faults.append(
            f"[source] stop_at = 'end': {by} members of a group come and go, and none knows when "
            "all is read; set 'never', or no group"
        )
    if parts["catch_up"].policy == "skip":
        faults.append(
            f"[catch_up] policy = 'skip': {by} it would open the source anew, and so leave the "
            "group; choose 'learn' or 'learn_only', or no group"
        )
    return faults


def _loops(parts: Mapping[str, Any]) -> list[str]:
    """Sinks whose output the source would read: each prediction would be predicted, for ever."""
    reads = getattr(parts["source"], "reads", None)
    if reads is None:
        return []
    return [
        f"[{table}] topic = {parts[table].topic!r}: [source] topic = {parts['source'].topic!r} "
        "reads it too, so that the stream would feed on itself; write to another"
        for table in ("sink", "dead_letters")
        if reads(parts[table])
    ]
