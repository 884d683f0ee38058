from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data.casework import CaseAction, CaseEvent, CaseStatus
from facewarden.errors import DataError
from facewarden.govern.casework import judged, reopened, this_round
from facewarden.govern.person import Person
from unit.store.making import NOW

C, R = CaseAction.CONFIRM, CaseAction.REJECT


def play(moves: list[tuple[str, CaseAction]], *, two_person: bool) -> list[str]:
    """Return the status after each move; a refused one gives the error's first word."""
    status, history, ids, seen = CaseStatus.NEW, list[CaseEvent](), count(1), list[str]()
    for who, action in moves:
        if action is CaseAction.ESCALATE:
            status = CaseStatus.ESCALATED
        elif action is CaseAction.REOPEN:
            status = reopened(status, acknowledged=False)
        else:
            try:
                status = judged(status, history, Person(who), action, two_person=two_person)
            except DataError:
                seen.append("refused")
                continue
        history.append(CaseEvent(next(ids), NOW, who, action))
        seen.append(str(status))
    return seen


@pytest.mark.parametrize(
    ("moves", "statuses"),
    [
        ([("a", C), ("b", C)], ["confirmed by one", "confirmed"]),
        ([("a", C), ("a", C)], ["confirmed by one", "refused"]),
        ([("a", C), ("A", C)], ["confirmed by one", "refused"]),
        ([("a", C), ("a", R)], ["confirmed by one", "rejected"]),
        ([("a", C), ("b", R)], ["confirmed by one", "escalated"]),
        ([("a", R)], ["rejected"]),
        ([("a", R), ("b", R)], ["rejected", "rejected"]),
        ([("a", R), ("b", C)], ["rejected", "escalated"]),
        (
            [("a", C), ("b", R), ("a", C), ("b", C)],
            ["confirmed by one", "escalated"] + ["refused"] * 2,
        ),
        ([("a", C), ("b", R), ("c", C)], ["confirmed by one", "escalated", "confirmed"]),
        ([("a", C), ("b", R), ("c", R)], ["confirmed by one", "escalated", "rejected"]),
        ([("a", C), ("b", C), ("c", R)], ["confirmed by one", "confirmed", "refused"]),
        (
            [("a", C), ("b", C), ("c", CaseAction.REOPEN), ("a", C), ("c", C)],
            ["confirmed by one", "confirmed", "new", "confirmed by one", "confirmed"],
        ),
        ([("a", CaseAction.ESCALATE), ("a", C)], ["escalated", "refused"]),
        (
            [("a", CaseAction.ESCALATE), ("b", C), ("b", C), ("c", C)],
            ["escalated", "confirmed by one", "refused", "confirmed"],
        ),
    ],
)
def test_two_people(moves: list[tuple[str, CaseAction]], statuses: list[str]) -> None:
    assert play(moves, two_person=True) == statuses


@pytest.mark.parametrize(
    ("moves", "statuses"),
    [
        ([("a", C)], ["confirmed"]),
        ([("a", C), ("b", R), ("a", C)], ["confirmed", "rejected", "confirmed"]),
        ([("a", CaseAction.ESCALATE), ("a", R), ("b", R)], ["escalated", "refused", "rejected"]),
    ],
)
def test_one_person(moves: list[tuple[str, CaseAction]], statuses: list[str]) -> None:
    assert play(moves, two_person=False) == statuses


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", "d"]),
            st.sampled_from([C, R, CaseAction.ESCALATE, CaseAction.COMMENT]),
        ),
        max_size=12,
    )
)
def test_nobody_confirms_alone_whatever_happens(moves: list[tuple[str, CaseAction]]) -> None:
    moves = [move for move in moves if move[1] is not CaseAction.COMMENT]
    confirmed = set()
    for (who, action), status in zip(moves, play(moves, two_person=True), strict=True):
        if action is C and status != "refused":
            confirmed.add(who)
        if status == "confirmed":
            assert len(confirmed) > 1


def test_the_round_begins_anew_when_reopened() -> None:
    actions = [C, CaseAction.REOPEN, R, CaseAction.REOPEN, CaseAction.COMMENT]
    history = [CaseEvent(n, NOW, "a", action) for n, action in enumerate(actions)]
    assert [event.action for event in this_round(history)] == [CaseAction.COMMENT]
