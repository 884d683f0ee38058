"""How well presentation attacks are told from bona fide presentations, as ISO/IEC 30107-3 has it.

A presentation is classified as bona fide when its score is at or above a threshold. For a species
of attack, APCER is the share of its presentations classified as bona fide (30107-3, 13.2.1); BPCER
is the share of bona fide presentations classified as attacks (13.2.2). Presentations without an
answer, such as a clip whose face is never found, count in neither; their shares are APNRR and BPNRR
(13.2.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import DataError
from facewarden.evaluate.intervals import (
    REPLICATES,
    Estimate,
    bootstrap_all,
    or_rule_of_three,
    proportion,
)
from facewarden.evaluate.trade_off import Floats, TradeOff

APCERS = (0.10, 0.05, 0.01)
"""At which BPCER is told: BPCER10, BPCER20 and BPCER100 of ISO/IEC 30107-3."""


@dataclass(frozen=True, slots=True)
class Presentations:
    """n presentations and what one detector says of them.

    Attributes:
        score: (n,) higher is more like a bona fide presentation, in any unit; NaN: no answer.
        species: (n,) the kind of attack; empty for a bona fide presentation.
        subject: (n,) the number of the person who is shown, whom the bootstrap draws.

    Raises:
        DataError: columns of different lengths, or an infinite score.
    """

    score: Floats
    species: tuple[str, ...]
    subject: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {len(self.score), len(self.species), len(self.subject)}
        if len(lengths) > 1:
            raise DataError("columns differ in length", found=str(sorted(lengths)))
        if np.isinf(self.score).any():
            raise DataError("scores are not finite", expected="finite scores, NaN for no answer")

    def __len__(self) -> int:
        return len(self.score)

    @property
    def attack(self) -> NDArray[np.bool_]:
        """(n,) which are attacks."""
        return np.array([bool(name) for name in self.species], np.bool_)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """(n,) which have a score."""
        return np.isfinite(self.score)

    def take(self, rows: NDArray[np.bool_]) -> "Presentations":
        """Return the chosen presentations; people keep their numbers."""
        species = tuple(
            name for name, wanted in zip(self.species, rows.tolist(), strict=True) if wanted
        )
        return Presentations(self.score[rows], species, self.subject[rows])


@dataclass(frozen=True, slots=True)
class SpeciesErrors:
    """What one species of attack achieves.

    Attributes:
        apcer: share of its answered presentations that pass for bona fide; NaN where none is.
        apnrr: share of its presentations without an answer.
        people: how many subjects it shows, of those answered.
    """

    name: str
    presentations: int
    people: int
    apcer: Estimate
    apnrr: Estimate


@dataclass(frozen=True, slots=True)
class PresentationFigures:
    """The figures of one detector on one set of presentations.

    Attributes:
        species: in the order of their names.
        apcer: of the worst species (what 30107-3 asks for).
        apcer_mean: mean over species.
        apcer_pooled: all attacks together, as older papers have it.
        bpcer, bpnrr: of bona fide presentations.
        acer: (apcer + bpcer) / 2, the worst species (SiW, OULU-NPU).
        acer_mean: (apcer_mean + bpcer) / 2.
        hter: (apcer_pooled + bpcer) / 2.
        deer: detection equal error rate: apcer_pooled = bpcer on these very presentations.
        bpcer_at: BPCER at the `APCERS`, at the lowest threshold at which no species exceeds it;
            NaN where a species has too few presentations to show such a rate.
        bona_fide, people: how many presentations, and of how many subjects, answered ones.
    """

    species: tuple[SpeciesErrors, ...]
    apcer: Estimate
    apcer_mean: Estimate
    apcer_pooled: Estimate
    bpcer: Estimate
    bpnrr: Estimate
    acer: Estimate
    acer_mean: Estimate
    hter: Estimate
    deer: Estimate
    bpcer_at: tuple[Estimate, ...]
    bona_fide: int
    people: int

    @property
    def worst(self) -> str:
        """The name of the species with the highest APCER."""
        known = [one for one in self.species if np.isfinite(one.apcer.value)]
        return max(known, key=lambda one: one.apcer.value).name


def equal_error_threshold(presentations: Presentations) -> tuple[float, float]:
    """Return the threshold at which APCER (all attacks pooled) and BPCER differ least, and the EER.

    The threshold lies midway between two neighbouring scores; the EER is the mean of both errors
    there. Of several thresholds that are as good, the one with the smaller sum of errors.

    Raises:
        DataError: no answered presentation of one of the kinds.
    """
    answered = presentations.take(presentations.answered)
    bona_fide = np.sort(answered.score[~answered.attack])
    attacks = np.sort(answered.score[answered.attack])
    _require(len(bona_fide), len(attacks))
    scores = np.unique(answered.score)
    edges = np.concatenate([[scores[0] - 1], (scores[1:] + scores[:-1]) / 2, [scores[-1] + 1]])
    apcer = 1 - np.searchsorted(attacks, edges, side="left") / len(attacks)
    bpcer = np.searchsorted(bona_fide, edges, side="left") / len(bona_fide)
    # Rounded, so that rates that are equal but for the last bit tie.
    gap, total = np.round(np.abs(apcer - bpcer), 12), np.round(apcer + bpcer, 12)
    best = int(np.lexsort((total, gap))[0])
    return float(edges[best]), float((apcer[best] + bpcer[best]) / 2)


def measure(
    presentations: Presentations,
    threshold: float | Floats,
    *,
    replicates: int = REPLICATES,
) -> PresentationFigures:
    """Return every figure with its interval, whole subjects drawn with replacement.

    The threshold stays as it is in every draw: how sure it is itself, the interval does not say.

    Args:
        presentations: those to judge, which the threshold has not seen.
        threshold: one for all, or (n,) one for each.

    Raises:
        DataError: no answered presentation of one of the kinds.
    """
    limits = np.broadcast_to(np.asarray(threshold, np.float64), len(presentations))
    answered = presentations.answered
    judged, passed = presentations.take(answered), presentations.score >= limits
    names = tuple(sorted({name for name in presentations.species if name}))
    statistic = _Statistic(judged, passed[answered], names)
    people = len(np.unique(judged.subject))
    drawn = bootstrap_all(statistic, people, replicates=replicates)
    each, rest = drawn[: len(names)], drawn[len(names) :]
    kinds = np.array(presentations.species)
    species = tuple(
        SpeciesErrors(
            name,
            int((kinds == name).sum()),
            statistic.people_of(name),
            or_rule_of_three(apcer, statistic.people_of(name)),
            proportion(int((~answered[kinds == name]).sum()), int((kinds == name).sum())),
        )
        for name, apcer in zip(names, each, strict=True)
    )
    genuine = kinds == ""
    apcer, mean, pooled, bpcer, acer, acer_mean, hter, deer, *at = rest
    return PresentationFigures(
        species,
        # Zero for the worst means zero for each: the species with the fewest people says least.
        or_rule_of_three(apcer, min(one.people for one in species if one.people)),
        or_rule_of_three(mean, people),
        or_rule_of_three(pooled, people),
        or_rule_of_three(bpcer, statistic.people_of("")),
        proportion(int((~answered[genuine]).sum()), int(genuine.sum())),
        or_rule_of_three(acer, people),
        or_rule_of_three(acer_mean, people),
        or_rule_of_three(hter, people),
        or_rule_of_three(deer, people),
        tuple(or_rule_of_three(one, statistic.people_of("")) for one in at),
        int((genuine & answered).sum()),
        people,
    )


class _Statistic:
    """Every rate of answered presentations, weighted by how often each subject was drawn."""

    def __init__(
        self, judged: Presentations, passed: NDArray[np.bool_], names: Sequence[str]
    ) -> None:
        kinds = np.array(judged.species)
        self._rows = {name: np.flatnonzero(kinds == name) for name in ("", *names)}
        attacks = np.flatnonzero(kinds != "")
        _require(len(self._rows[""]), len(attacks))
        self._names, self._passed, self._attacks = names, passed, attacks
        _, self._person = np.unique(judged.subject, return_inverse=True)
        genuine = judged.score[self._rows[""]]
        self._genuine = genuine
        self._all = TradeOff(genuine, judged.score[attacks])
        self._of = {name: TradeOff(genuine, judged.score[self._rows[name]]) for name in names}

    def people_of(self, name: str) -> int:
        """Return how many subjects a species shows; of bona fide presentations where empty."""
        return len(np.unique(self._person[self._rows[name]]))

    def __call__(self, weights: Floats) -> Floats:
        weight = weights[self._person]
        each = np.array([self._share(self._rows[name], weight) for name in self._names])
        pooled = self._share(self._attacks, weight)
        bpcer = 1 - self._share(self._rows[""], weight)
        known = each[np.isfinite(each)]
        worst, mean = (known.max(), known.mean()) if len(known) else (np.nan, np.nan)
        deer = self._all.equal_error(weight[self._rows[""]], weight[self._attacks])
        rates = [worst, mean, pooled, bpcer]
        halves = [(worst + bpcer) / 2, (mean + bpcer) / 2, (pooled + bpcer) / 2]
        at = [self._bpcer_at(rate, weight) for rate in APCERS]
        return np.array([*each, *rates, *halves, deer, *at], np.float64)

    def _share(self, rows: NDArray[np.intp], weight: Floats) -> float:
        """Return the share of these presentations that pass for bona fide."""
        total = weight[rows].sum()
        return float((weight[rows] * self._passed[rows]).sum() / total) if total else float("nan")

    def _bpcer_at(self, rate: float, weight: Floats) -> float:
        thresholds = []
        for name in self._names:
            if not len(self._rows[name]):
                continue
            if not self._of[name].can_show(rate):
                return float("nan")
            drawn = weight[self._rows[name]]
            if drawn.sum():
                thresholds.append(self._of[name].threshold_at(rate, drawn))
        genuine = weight[self._rows[""]]
        if not thresholds or not genuine.sum():
            return float("nan")
        refused = self._genuine < max(thresholds)
        return float((genuine * refused).sum() / genuine.sum())


def _require(bona_fide: int, attacks: int) -> None:
    if not bona_fide or not attacks:
        raise DataError(
            "error rates need presentations of both kinds that have a score",
            expected="at least one bona fide and one attack",
            found=f"{bona_fide} bona fide, {attacks} attacks",
        )
