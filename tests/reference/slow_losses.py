"""Every loss a second time: numpy, one picture at a time, straight from the papers' equations."""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Labels = NDArray[np.int64]


def softmax(x: Rows, labels: Labels, weight: Rows, bias: Rows) -> float:
    return _entropy(
        [[float(w @ row) + b for w, b in zip(weight, bias, strict=True)] for row in x], labels
    )


def arcface(x: Rows, labels: Labels, centres: Rows, scale: float, margin: float) -> float:
    def f(angle: float) -> float:
        if angle + margin < math.pi:
            return math.cos(angle + margin)
        return math.cos(angle) - margin * math.sin(margin)

    return _with_angles(x, labels, centres, scale, f)


def cosface(x: Rows, labels: Labels, centres: Rows, scale: float, margin: float) -> float:
    return _with_angles(x, labels, centres, scale, lambda angle: math.cos(angle) - margin)


def combined(
    x: Rows, labels: Labels, centres: Rows, scale: float, m1: float, m2: float, m3: float
) -> float:
    return _with_angles(x, labels, centres, scale, lambda angle: _psi(m1 * angle + m2) - m3)


def sphereface(x: Rows, labels: Labels, centres: Rows, margin: int, softness: float) -> float:
    logits = []
    for row, label in zip(x, labels, strict=True):
        length = float(np.linalg.norm(row))
        cosines = [_cosine(row, centre) for centre in centres]
        true = cosines[label]
        # equation 6 through Chebyshev's polynomial, not through the angle
        multiple = float(np.polynomial.chebyshev.Chebyshev.basis(margin)(true))
        k = math.floor(math.acos(true) * margin / math.pi)
        psi = (-1) ** k * multiple - 2 * k
        cosines[label] = (softness * true + psi) / (1 + softness)
        logits.append([length * cosine for cosine in cosines])
    return _entropy(logits, labels)


def adaface(
    x: Rows,
    labels: Labels,
    centres: Rows,
    scale: float,
    margin: float,
    concentration: float,
    mean: float,
    deviation: float,
) -> float:
    logits = []
    for row, label in zip(x, labels, strict=True):
        length = min(100.0, max(0.001, float(np.linalg.norm(row))))
        z = min(1.0, max(-1.0, concentration * (length - mean) / (deviation + 0.001)))
        cosines = [_cosine(row, centre) for centre in centres]
        angle = math.acos(cosines[label]) - margin * z
        angle = min(math.pi - 0.001, max(0.001, angle))
        cosines[label] = math.cos(angle) - (margin * z + margin)
        logits.append([scale * cosine for cosine in cosines])
    return _entropy(logits, labels)


def contrastive(x: Rows, labels: Labels, margin: float) -> float:
    genuine, impostor = [], []
    for one, other in product(range(len(x)), repeat=2):
        distance = _distance(x[one], x[other])
        if one != other and labels[one] == labels[other]:
            genuine.append(distance**2 / 2)
        elif labels[one] != labels[other] and distance < margin:
            impostor.append((margin - distance) ** 2 / 2)
    return _mean(genuine) + _mean(impostor)


def triplets(labels: Labels) -> list[tuple[int, int, int]]:
    return [
        (a, p, n)
        for a, p, n in product(range(len(labels)), repeat=3)
        if a != p and labels[a] == labels[p] and labels[a] != labels[n]
    ]


def semi_hard(x: Rows, labels: Labels, margin: float) -> list[tuple[int, int, int]]:
    nearest: dict[tuple[int, int], tuple[float, int]] = {}
    for a, p, n in triplets(labels):
        genuine, impostor = _distance(x[a], x[p]) ** 2, _distance(x[a], x[n]) ** 2
        if genuine < impostor < genuine + margin:
            nearest[a, p] = min(nearest.get((a, p), (math.inf, 0)), (impostor, n))
    return [(a, p, n) for (a, p), (_, n) in nearest.items()]


def hard(x: Rows, labels: Labels) -> list[tuple[int, int, int]]:
    chosen = {}
    for a in sorted({a for a, _, _ in triplets(labels)}):
        mine = [(p, n) for other, p, n in triplets(labels) if other == a]
        far = max({p for p, _ in mine}, key=lambda p: _distance(x[a], x[p]))
        near = min({n for _, n in mine}, key=lambda n: _distance(x[a], x[n]))
        chosen[a] = (a, far, near)
    return list(chosen.values())


def triplet(x: Rows, chosen: list[tuple[int, int, int]], margin: float) -> float:
    costs = [_distance(x[a], x[p]) ** 2 - _distance(x[a], x[n]) ** 2 + margin for a, p, n in chosen]
    return _mean([cost for cost in costs if cost > 0])


def _with_angles(
    x: Rows, labels: Labels, centres: Rows, scale: float, f: Callable[[float], float]
) -> float:
    logits = []
    for row, label in zip(x, labels, strict=True):
        cosines = [_cosine(row, centre) for centre in centres]
        cosines[label] = f(math.acos(cosines[label]))
        logits.append([scale * cosine for cosine in cosines])
    return _entropy(logits, labels)


def _psi(angle: float) -> float:
    k = math.floor(angle / math.pi)
    return math.cos(angle + k * math.pi) - 2 * k


def _entropy(logits: list[list[float]], labels: Labels) -> float:
    losses = []
    for row, label in zip(logits, labels, strict=True):
        top = max(row)
        losses.append(math.log(sum(math.exp(logit - top) for logit in row)) + top - row[label])
    return _mean(losses)


def _cosine(one: Rows, other: Rows) -> float:
    cosine = float(one @ other) / float(np.linalg.norm(one) * np.linalg.norm(other))
    return min(1.0, max(-1.0, cosine))


def _distance(one: Rows, other: Rows) -> float:
    return float(np.linalg.norm(one / np.linalg.norm(one) - other / np.linalg.norm(other)))


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
