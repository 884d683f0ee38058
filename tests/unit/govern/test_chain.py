from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data.audit_break import Break
from facewarden.govern.chain import GENESIS, Fault, Link, Noted, check, link


def chain(n: int, *, words: str = "x") -> list[Link]:
    made: list[Link] = []
    before = GENESIS[1]
    for position in range(1, n + 1):
        row = (position, position * 1000, "ada", "alert.read", f"alert:{words}", "{}")
        before = link(before, *row)
        made.append(Link(*row, before))
    return made


def test_whole() -> None:
    entries = chain(5)
    found = check(entries, noted=[Noted(5, entries[4].hash), Noted(2, entries[1].hash)])
    assert (found.entries, found.position, found.fault, found.compared) == (5, 5, None, 2)
    assert found.hash == entries[4].hash


@given(st.integers(2, 8), st.data())
def test_any_single_edit_deletion_or_swap_is_found(n: int, data: st.DataObject) -> None:
    entries = chain(n)
    noted = [Noted(n, entries[-1].hash)]
    at = data.draw(st.integers(0, n - 1))
    what = data.draw(st.sampled_from(["actor", "details", "at_us", "hash", "gone", "swap", "anew"]))
    if what == "gone":
        del entries[at]
    elif what == "swap":
        other = data.draw(st.integers(0, n - 1).filter(lambda one: one != at))
        entries[at], entries[other] = entries[other], entries[at]
    elif what == "anew":
        entries = chain(n, words="y")
    elif what == "at_us":
        entries[at] = replace(entries[at], at_us=1)
        if at == 0:
            entries[at] = replace(entries[at], at_us=2)
    else:
        changes: dict[str, Any] = {what: "z"}
        entries[at] = replace(entries[at], **changes)
    assert check(entries, noted=noted).fault is not None


def test_cut_off_tail_shows_only_against_a_note() -> None:
    entries = chain(5)
    assert check(entries[:3]).fault is None
    cut = check(entries[:3], noted=[Noted(5, entries[4].hash)])
    assert cut.fault == Fault(Break.CUT_OFF, 5)
    assert check([], noted=[Noted(1, entries[0].hash)]).fault == Fault(Break.CUT_OFF, 1)


def test_computed_anew_shows_only_against_a_note() -> None:
    old, new = chain(5), chain(5, words="y")
    assert check(new).fault is None
    assert check(new, noted=[Noted(3, old[2].hash)]).fault == Fault(Break.REPLACED, 3)


def test_what_retention_removed_cannot_be_compared() -> None:
    entries = chain(5)
    start = (2, entries[1].hash)
    notes = [Noted(1, entries[0].hash), Noted(2, entries[1].hash), Noted(4, entries[3].hash)]
    found = check(entries[2:], start=start, noted=notes)
    assert (found.fault, found.older, found.compared) == (None, 1, 2)
    moved = check(entries[2:], start=(2, "f" * 64), noted=notes)
    assert moved.fault == Fault(Break.REPLACED, 2)


@pytest.mark.parametrize("kept", [[1, 3], [2, 3], [1, 1, 2, 3]])
def test_gaps_and_repeats(kept: list[int]) -> None:
    entries = chain(3)
    found = check([entries[position - 1] for position in kept])
    assert found.fault is not None
    assert found.fault.kind is Break.MISSING
