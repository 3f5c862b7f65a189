"""How values are spread over bins, and how far two such spreads are apart.

Bins of a number are those between the deciles of a reference, and the deciles themselves: where
many values are alike, that value has a bin of its own. Bins of a category are of its code. Missing
values have one, too.

References
----------
Ditzler & Polikar (2011), "Hellinger distance based drift detection for nonstationary environments".
"""

import numpy as np

_DECILES = 9
_VALUES = 2 * _DECILES + 1
BINS = _VALUES + 1
_MASS = slice(1, _VALUES, 2)
_ABOVE = slice(2, _VALUES, 2)
_MISSING = _VALUES


def deciles(sample: np.ndarray) -> np.ndarray:
    """Values of the sample that split what is present in ten: float64 [signals, 9].

    Parameters
    ----------
    sample : float64 [rows, signals]
        NaN where missing.
    """
    ordered = np.sort(sample, axis=0)  # missing ones last
    present = np.count_nonzero(~np.isnan(sample), axis=0)
    place = present * np.arange(1, _DECILES + 1)[:, None] // (_DECILES + 1)
    return np.take_along_axis(ordered, place, axis=0).T


def counts(values: np.ndarray, edges: np.ndarray, coded: np.ndarray) -> np.ndarray:
    """How many values are in each bin: int64 [signals, BINS].

    Parameters
    ----------
    values : float64 [rows, signals]
        NaN where missing.
    edges : float64 [signals, 9]
        Of :func:`deciles`.
    coded : bool [signals]
        Whether a signal is a category's code, not a number.
    """
    columns = np.ascontiguousarray(values.T)  # long rows: three times as fast
    places = np.zeros(columns.shape, np.uint8)
    for edge in edges.T[:, :, None]:
        places += columns > edge
        places += columns >= edge
    missing = np.isnan(columns)
    places[coded] = np.where(missing, 0.0, columns)[coded] % _VALUES
    places[missing] = _MISSING
    signals = len(columns)
    flat = (places.astype(np.int64) + BINS * np.arange(signals)[:, None]).ravel()
    return np.bincount(flat, minlength=BINS * signals).reshape(signals, BINS)


def with_lone_values(shares: np.ndarray, numeric_and_rare: np.ndarray) -> np.ndarray:
    """Shares with those of deciles that are no mass of like values put to the bin above.

    Parameters
    ----------
    shares : float64 [..., signals, BINS]
    numeric_and_rare : bool [signals, BINS]
        Which bins may be put elsewhere, if they are a decile's.
    """
    found = shares.copy()
    lone = np.where(numeric_and_rare[:, _MASS], shares[..., _MASS], 0.0)
    found[..., _MASS] -= lone
    found[..., _ABOVE] += lone
    return found


def with_rest(shares: np.ndarray, rare: np.ndarray) -> np.ndarray:
    """Shares with all rare bins as one, behind the others: [..., signals, BINS + 1]."""
    rest = np.where(rare, shares, 0.0).sum(axis=-1, keepdims=True)
    return np.concatenate([np.where(rare, 0.0, shares), rest], axis=-1)


def hellinger(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Hellinger distance of two spreads, shares in the last axis: 0, the same, to 1."""
    alike = np.sqrt(one * other).sum(axis=-1)
    distance: np.ndarray = np.sqrt(np.clip(1.0 - alike, 0.0, 1.0))
    return distance
