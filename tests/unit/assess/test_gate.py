from dataclasses import dataclass
from datetime import datetime

import pytest

from facewarden.assess.gate import GateVerdict, LookGate
from factories import NOW, after

GATE = LookGate(min_quality=0.2, max_looks=5, near=0.1, better_by=0.1, patience_s=2.0)
A_SECOND_AGO = after(-1)


@dataclass(frozen=True)
class Case:
    name: str
    expected: GateVerdict
    quality: float = 0.5
    looks: int = 2
    best: float = 0.5
    last: datetime | None = A_SECOND_AGO
    shortfall: float = 0.3
    resumed: bool = False


CASES = [
    Case("the first look", GateVerdict.WORTH, looks=0, best=0, last=None, shortfall=float("inf")),
    Case("the first look at the least quality", GateVerdict.WORTH, quality=0.2, looks=0, last=None),
    Case("a first look of too little quality", GateVerdict.LOW_QUALITY, quality=0.19, looks=0),
    Case("a quality that is not known", GateVerdict.LOW_QUALITY, quality=float("nan"), looks=0),
    Case("near the threshold", GateVerdict.WORTH, shortfall=0.05),
    Case("as near as counts", GateVerdict.WORTH, shortfall=0.1),
    Case("near, but of too little quality", GateVerdict.LOW_QUALITY, quality=0.1, shortfall=0.05),
    Case("far from it and no better", GateVerdict.NOT_BETTER),
    Case("far from it and hardly better", GateVerdict.NOT_BETTER, quality=0.59),
    Case("far from it but better", GateVerdict.WORTH, quality=0.61),
    Case("far from it, after a while", GateVerdict.WORTH, last=after(-2)),
    Case("far from it, after the clock was set back", GateVerdict.WORTH, last=after(60)),
    Case("alerted and no better", GateVerdict.NOT_BETTER, shortfall=-0.05),
    Case("exactly at the threshold is alerted", GateVerdict.NOT_BETTER, shortfall=0.0),
    Case("alerted but better", GateVerdict.WORTH, quality=0.7, shortfall=-0.05),
    Case("enough looks", GateVerdict.ENOUGH, looks=5, shortfall=0.05),
    Case("enough looks, however good", GateVerdict.ENOUGH, quality=1.0, looks=5, last=after(-9)),
    Case("enough looks long ago: somebody else?", GateVerdict.WORTH, looks=5, last=after(-10)),
    Case("back from out of sight", GateVerdict.WORTH, looks=5, resumed=True),
    Case("back, but of too little quality", GateVerdict.LOW_QUALITY, quality=0.1, resumed=True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gate(case: Case) -> None:
    verdict = GATE.judge(
        case.quality,
        NOW,
        looks=case.looks,
        best_quality=case.best,
        last_look_at=case.last,
        shortfall=case.shortfall,
        resumed=case.resumed,
    )
    assert verdict is case.expected


def test_a_track_costs_its_looks_and_then_one_in_a_long_while() -> None:
    looks, best, last = 0, 0.0, None
    for number in range(200):
        at = after(number / 5)
        verdict = GATE.judge(
            0.2 + number / 250,
            at,
            looks=looks,
            best_quality=best,
            last_look_at=last,
            shortfall=0.05,
        )
        if verdict is GateVerdict.WORTH:
            looks, best, last = looks + 1, 0.2 + number / 250, at
    # the first five at once, by 0.8 s; then one every 10 s of the 40 s
    assert looks == GATE.max_looks + 3
