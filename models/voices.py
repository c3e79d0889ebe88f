"""How many voices, and what each sounds like: groups voice vectors without a likeness threshold.

Vectors of one voice are about 0.7 alike and noise lowers that, so an absolute threshold is brittle.
Groups are compared by likeness across them over likeness within them instead: two halves of one
voice come out at 0.9 and more, two people at 0.75 and less, whatever the line. The groups to start
from are many and come from spectral clustering of the nearest neighbours (after Park et al. 2019).
The trap: windows in which two people talk at once form a group of their own, between the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

SAME_VOICE = 0.78
"""Relative likeness from which two groups are one voice."""
_DOUBTFUL_SHARE = 0.06
_DOUBTFUL_VOICE = 0.70
_MIXED_VOICE = 0.75
"""A group this small must be further from the others, and no blend of two of them."""
_LEAST_WINDOWS = 3
_FULL_WINDOW_S = 1.2
_MOST_WINDOWS = 1000
_NEIGHBOURS = 10
_OVERLAP_S = 1.5


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Relative likeness of groups (1 on the diagonal) and their sizes."""

    relative: Array
    sizes: Array


def group_voices(vectors: Array, spans: Array, *, max_voices: int = 8) -> Array:
    """One unit vector a voice, shape (voices, size), most heard first.

    `vectors` are unit vectors of windows, `spans` their (start, end) in seconds.
    """
    if len(vectors) == 0:
        return vectors
    full = np.flatnonzero(spans[:, 1] - spans[:, 0] >= _FULL_WINDOW_S)
    chosen = full if len(full) >= 2 * _LEAST_WINDOWS else np.arange(len(vectors))
    if len(chosen) > _MOST_WINDOWS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _MOST_WINDOWS).round().astype(int)]
    sample, times = vectors[chosen], spans[chosen].mean(axis=1)
    apart = np.abs(times[:, None] - times[None, :]) > _OVERLAP_S
    labels = _many_groups(sample, 2 * max_voices)
    for _ in range(2):
        labels = _merge(sample, labels, apart, max_voices)
        labels = _move_to_nearest(sample, labels)
    labels = _merge(sample, labels, apart, max_voices)
    return _means(sample, labels)


def _many_groups(sample: Array, most: int) -> Labels:
    """More groups than voices: spectral clustering of the graph of nearest neighbours."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.linalg import eigh

    count = len(sample)
    groups = min(most, count // 4)
    if groups < 2:
        return np.zeros(count, np.int64)
    neighbours = min(max(_NEIGHBOURS, count // 50), count - 1)
    likeness = sample @ sample.T
    nearest = np.argpartition(-likeness, neighbours, axis=1)[:, :neighbours]
    graph = np.zeros((count, count))
    np.put_along_axis(graph, nearest, 1.0, axis=1)
    graph = (graph + graph.T) / 2
    laplacian = np.diag(graph.sum(axis=1)) - graph
    _, places = eigh(laplacian, subset_by_index=[0, min(groups, 12) - 1])
    return fcluster(linkage(places, "ward"), groups, "maxclust").astype(np.int64)


def _merge(sample: Array, labels: Labels, apart: npt.NDArray[np.bool_], most: int) -> Labels:
    """Join groups that are one voice, and dissolve those that are none, until nothing is left."""
    labels = labels.copy()
    while True:
        names = np.unique(labels)
        if len(names) == 1:
            return labels
        found = _compare(sample, labels, names, apart)
        lost = _no_voice(found)
        if lost is not None:
            _dissolve(sample, labels, int(names[lost]))
            continue
        relative = found.relative - 2 * np.eye(len(names), dtype=np.float32)
        first, second = np.unravel_index(int(relative.argmax()), relative.shape)
        if relative[first, second] < SAME_VOICE and len(names) <= most:
            doubtful = _doubtful(found)
            if doubtful is None:
                return labels
            _dissolve(sample, labels, int(names[doubtful]))
            continue
        labels[labels == names[second]] = names[first]


def _compare(
    sample: Array, labels: Labels, names: Labels, apart: npt.NDArray[np.bool_]
) -> _Likeness:
    """Mean likeness across groups over that within them, from windows that share no sound."""
    member = (labels[:, None] == names[None, :]).astype(np.float32)
    pairs = member.T @ apart.astype(np.float32) @ member
    total = member.T @ (sample @ sample.T * apart) @ member
    mean = np.where(pairs > 0, total / np.maximum(pairs, 1), 0.0)
    within = np.diag(mean)
    scale = np.sqrt(np.maximum(np.outer(within, within), 1e-6))
    relative = np.clip(mean / scale, -1.0, 1.0).astype(np.float32)
    np.fill_diagonal(relative, np.where(within > 0.05, 1.0, 0.0))
    return _Likeness(relative, member.sum(axis=0))


def _no_voice(found: _Likeness) -> int | None:
    """The smallest group that is too short or too mixed to be a voice."""
    bad = (found.sizes < _LEAST_WINDOWS) | (np.diag(found.relative) == 0.0)
    if not bad.any():
        return None
    return int(np.where(bad, found.sizes, np.inf).argmin())


def _doubtful(found: _Likeness) -> int | None:
    """The smallest group that is hardly heard and close to another or between two others."""
    share = found.sizes / found.sizes.sum()
    for index in np.argsort(found.sizes):
        if share[index] >= _DOUBTFUL_SHARE:
            return None
        others = [i for i in range(len(share)) if i != index]
        nearest = float(found.relative[index, others].max())
        if nearest >= _DOUBTFUL_VOICE or _blend(found.relative, index, others) >= _MIXED_VOICE:
            return int(index)
    return None


def _blend(relative: Array, index: int, others: list[int]) -> float:
    """How well two other voices together explain a group: length of its part in their plane."""
    best = 0.0
    for place, one in enumerate(others):
        for two in others[:place]:
            across = float(relative[one, two])
            a, b = float(relative[index, one]), float(relative[index, two])
            square = (a * a + b * b - 2 * a * b * across) / max(1 - across * across, 1e-3)
            best = max(best, square)
    return float(min(1.0, best) ** 0.5)


def _dissolve(sample: Array, labels: Labels, name: int) -> None:
    """Give the windows of one group to the nearest of the others, in place."""
    loose = labels == name
    names = np.unique(labels[~loose])
    means = _means(sample[~loose], labels[~loose], by_size=False)
    labels[loose] = names[(sample[loose] @ means.T).argmax(axis=1)]


def _move_to_nearest(sample: Array, labels: Labels, rounds: int = 5) -> Labels:
    """Spherical k-means from the groups found."""
    for _ in range(rounds):
        means = _means(sample, labels, by_size=False)
        moved = (sample @ means.T).argmax(axis=1).astype(np.int64)
        if (moved == labels).all():
            break
        labels = moved
    return labels


def _means(sample: Array, labels: Labels, *, by_size: bool = True) -> Array:
    """The unit mean of each group; in order of size or of name."""
    names, sizes = np.unique(labels, return_counts=True)
    if by_size:
        names = names[np.argsort(-sizes, kind="stable")]
    means = np.stack([sample[labels == name].mean(axis=0) for name in names])
    unit: Array = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return unit
