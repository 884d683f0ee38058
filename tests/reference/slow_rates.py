"""Error rates as their definitions say them: every threshold tried, every pair counted."""

from collections.abc import Iterator, Sequence

Weighted = Sequence[tuple[float, float]]
"""Scores with how often each counts."""


def _thresholds(unwanted: Weighted) -> Iterator[float]:
    """Just above each unwanted score that counts, highest first, then below everything."""
    for score in sorted({score for score, weight in unwanted if weight}, reverse=True):
        yield score + 1e-9
    yield -2.0


def _share(scores: Weighted, threshold: float) -> float:
    return sum(w for s, w in scores if s >= threshold) / sum(w for _, w in scores)


def accepted_at(rate: float, wanted: Weighted, unwanted: Weighted) -> float:
    """The wanted that match at the lowest threshold at which at most `rate` of the others do."""
    allowed = [t for t in _thresholds(unwanted) if _share(unwanted, t) <= rate + 1e-12]
    return _share(wanted, min(allowed))


def area(wanted: Weighted, unwanted: Weighted) -> float:
    """How often a wanted score is above an unwanted one; a tie is half."""
    won = total = 0.0
    for score, weight in wanted:
        for other, other_weight in unwanted:
            total += weight * other_weight
            won += weight * other_weight * ((score > other) + 0.5 * (score == other))
    return won / total


def equal_error(wanted: Weighted, unwanted: Weighted) -> tuple[float, float]:
    """The lowest and highest value that the equal error rate can have between two thresholds."""
    before = (0.0, 1.0)
    for threshold in _thresholds(unwanted):
        false, missed = _share(unwanted, threshold), 1 - _share(wanted, threshold)
        if false >= missed:
            return max(before[0], missed), min(before[1], false)
        before = (false, missed)
    raise AssertionError("at the last threshold everything matches")
