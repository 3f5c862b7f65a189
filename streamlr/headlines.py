"""How metrics are shown to people: their headings, their forms, and which come first."""

from collections.abc import Mapping

_SHOWN = {
    "accuracy": ("accuracy", "{:.2%}"),
    "log_loss": ("log-loss", "{:.4f}"),
    "kappa_temporal": ("kappa-t", "{:.4f}"),
    "mae": ("MAE", "{:.4g}"),
    "rmse": ("RMSE", "{:.4g}"),
    "r2": ("R²", "{:.4f}"),
    "mae_no_change": ("no-change MAE", "{:.4g}"),
    "reconstruction_error": ("reconstruction error", "{:.4g}"),
    "variance_explained": ("variance explained", "{:.2%}"),
}


def headings(metrics: Mapping[str, float]) -> dict[str, str]:
    """Metric → heading, of those of a task that are worth a place, the chief one first.

    Examples
    --------
    >>> headings({"log_loss": 0.3, "accuracy": 0.9, "kappa": 0.8})
    {'accuracy': 'accuracy', 'log_loss': 'log-loss'}
    """
    return {name: heading for name, (heading, _) in _SHOWN.items() if name in metrics}


def chief(metrics: Mapping[str, float]) -> str:
    """The metric that says most of a task.

    Examples
    --------
    >>> chief({"rmse": 2.0, "mae": 1.0})
    'mae'
    """
    return next(iter(headings(metrics)))


def text(metric: str, value: float) -> str:
    """A value as it is shown.

    Examples
    --------
    >>> text("accuracy", 0.9345), text("mae", 51.26)
    ('93.45%', '51.26')
    """
    return _SHOWN[metric][1].format(value)


def heading(metric: str) -> str:
    """A metric's name for people.

    Examples
    --------
    >>> heading("log_loss")
    'log-loss'
    """
    return _SHOWN[metric][0]
