"""Errors of presentation attack detection, counted one by one as ISO/IEC 30107-3 writes them."""

import math


def apcer(rows: list[tuple[float, str]], species: str, threshold: float) -> float:
    """APCER of a species: 1 - (1 / N) * sum of RES_i, RES_i = 1 if classified as an attack."""
    scores = [score for score, name in rows if name == species and not math.isnan(score)]
    return 1 - sum(1 if score < threshold else 0 for score in scores) / len(scores)


def bpcer(rows: list[tuple[float, str]], threshold: float) -> float:
    """BPCER: (1 / N) * sum of RES_i, RES_i = 1 if classified as an attack."""
    scores = [score for score, name in rows if not name and not math.isnan(score)]
    return sum(1 if score < threshold else 0 for score in scores) / len(scores)


def pooled(rows: list[tuple[float, str]], threshold: float) -> float:
    """APCER as if all attacks were of one species."""
    return apcer([(score, "any" if name else "") for score, name in rows], "any", threshold)


def acer(rows: list[tuple[float, str]], threshold: float) -> float:
    """Half of the worst species' APCER and BPCER."""
    names = {name for score, name in rows if name and not math.isnan(score)}
    return (max(apcer(rows, name, threshold) for name in names) + bpcer(rows, threshold)) / 2


def bpcer_at(rows: list[tuple[float, str]], rate: float) -> float:
    """The lowest BPCER of any threshold at which no species' APCER exceeds the rate."""
    names = {name for score, name in rows if name and not math.isnan(score)}
    best = 1.0
    for threshold in [score for score, _ in rows if not math.isnan(score)] + [math.inf]:
        if all(apcer(rows, name, threshold) <= rate + 1e-12 for name in names):
            best = min(best, bpcer(rows, threshold))
    for threshold in [math.nextafter(s, math.inf) for s, _ in rows if not math.isnan(s)]:
        if all(apcer(rows, name, threshold) <= rate + 1e-12 for name in names):
            best = min(best, bpcer(rows, threshold))
    return best


def smallest_gap(rows: list[tuple[float, str]]) -> float:
    """The smallest difference of pooled APCER and BPCER that any threshold has."""
    scores = [score for score, _ in rows if not math.isnan(score)]
    places = [*scores, *(math.nextafter(score, math.inf) for score in scores)]
    return min(abs(pooled(rows, place) - bpcer(rows, place)) for place in places)
