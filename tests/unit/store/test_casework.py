from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.data.casework import CaseStatus, WatchlistRules
from facewarden.errors import DataError, StoreError
from facewarden.store.alerts import AlertsWanted
from facewarden.store.anchors import AnchorChange
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from unit.store.governing import Clock
from unit.store.making import MODEL, NOW, a_probe, an_alert, an_id

ONE, TWO = an_id(1), an_id(2)


@pytest.fixture
def store(url: str, key: TemplateKey) -> Iterator[Store]:
    with open_store(url, key, actor="tester", clock=Clock()) as opened:
        opened.watchlists.ensure("missing")
        subject = opened.watchlists.add_subject(SubjectDetails("somebody"), "missing")
        for number in (1, 2):
            opened.alerts.record(an_alert(number, subject_id=subject), [], a_probe(number))
        yield opened


def said(state: ReviewState, who: str, alert_id: str = ONE, reason: str = "why") -> Review:
    return Review(alert_id, state, who, reason, NOW)


def confirmed(who: str) -> Review:
    return said(ReviewState.CONFIRMED, who)


def rejected(who: str, reason: str = "another person") -> Review:
    return said(ReviewState.REJECTED, who, reason=reason)


def test_nobody_has_touched_it(store: Store) -> None:
    case = store.casework.get(ONE)
    assert (case.status, case.version, store.casework.history(ONE)) == (CaseStatus.NEW, 0, ())
    assert store.casework.queue() == []
    with pytest.raises(StoreError, match="no alert"):
        store.casework.get("f" * 32)


def test_one_person_where_the_list_asks_for_no_more(store: Store) -> None:
    case, _ = store.casework.judge(confirmed("ada"))
    assert (case.status, case.acknowledged_by) == (CaseStatus.CONFIRMED, "ada")
    assert store.alerts.get(ONE).alert.state is ReviewState.CONFIRMED


def test_two_people_where_it_does(store: Store) -> None:
    store.casework.set_rules("missing", WatchlistRules(two_person=True))
    case, _ = store.casework.judge(confirmed("ada"), user_id=1)
    assert case.status is CaseStatus.CONFIRMED_BY_ONE
    assert store.alerts.get(ONE).alert.state is ReviewState.UNREVIEWED
    assert store.anchors.has_probe(ONE)
    with pytest.raises(DataError, match="second person"):
        store.casework.judge(confirmed("renamed"), user_id=1)
    case, _ = store.casework.judge(confirmed("bob"), user_id=2)
    assert case.status is CaseStatus.CONFIRMED
    assert store.alerts.get(ONE).alert.state is ReviewState.CONFIRMED
    assert not store.anchors.has_probe(ONE)
    assert [(event.actor, event.action) for event in store.casework.history(ONE)] == [
        ("ada", "confirm"),
        ("bob", "confirm"),
    ]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param([], id="at once"),
        pytest.param(["reject"], id="after one's own rejection"),
        pytest.param(["reopen"], id="after it was opened anew"),
    ],
)
def test_nobody_becomes_two_people_by_changing_the_rule(store: Store, between: list[str]) -> None:
    store.casework.set_rules("missing", WatchlistRules(two_person=True))
    store.casework.judge(confirmed("ada"))
    for step in between:
        if step == "reject":
            store.casework.judge(rejected("ada"))
        else:
            store.casework.reopen(ONE, "ada", "slip")
    store.casework.set_rules("missing", WatchlistRules(), "ada")
    assert store.casework.rules_of_alert(ONE).two_person
    if between:
        case, _ = store.casework.judge(confirmed("ada"))
        assert case.status is CaseStatus.CONFIRMED_BY_ONE
    with pytest.raises(DataError, match="second person"):
        store.casework.judge(confirmed("ada"))
    assert store.casework.judge(confirmed("bob"))[0].status is CaseStatus.CONFIRMED
    # What was not judged yet is under the rule of now.
    assert not store.casework.rules_of_alert(TWO).two_person
    case, _ = store.casework.judge(said(ReviewState.CONFIRMED, "ada", TWO))
    assert case.status is CaseStatus.CONFIRMED


def test_disagreement_takes_the_anchor_back_and_a_third_settles(store: Store) -> None:
    store.casework.set_rules("missing", WatchlistRules(two_person=True))
    _, change = store.casework.judge(rejected("ada"))
    assert change is AnchorChange.CREATED
    case, change = store.casework.judge(confirmed("bob"))
    assert (case.status, change) == (CaseStatus.ESCALATED, AnchorChange.REMOVED)
    assert store.alerts.get(ONE).alert.state is ReviewState.UNREVIEWED
    assert store.anchors.of_model(MODEL) == []
    with pytest.raises(DataError, match="escalated"):
        store.casework.judge(confirmed("ada"))
    case, _ = store.casework.judge(confirmed("cleo"))
    assert case.status is CaseStatus.CONFIRMED


def test_undo_with_a_reason(store: Store) -> None:
    with pytest.raises(DataError, match="nothing to undo"):
        store.casework.reopen(ONE, "ada", "slip")
    store.casework.judge(rejected("ada"))
    with pytest.raises(DataError, match="empty"):
        store.casework.reopen(ONE, "ada", " ")
    case, change = store.casework.reopen(ONE, "ada", "slip")
    assert (case.status, change) == (CaseStatus.ACKNOWLEDGED, AnchorChange.REMOVED)
    stored = store.alerts.get(ONE)
    assert stored.alert.state is ReviewState.UNREVIEWED
    assert [review.state for review in stored.reviews] == ["rejected", "unreviewed"]
    assert store.casework.history(ONE)[-1].text == "slip"


def test_what_was_judged_before_there_was_casework_can_be_undone(store: Store) -> None:
    store.alerts.review(confirmed("ada"))
    assert store.casework.get(ONE).status is CaseStatus.CONFIRMED
    assert store.casework.cases([ONE, TWO])[ONE].status is CaseStatus.CONFIRMED
    case, _ = store.casework.reopen(ONE, "bob", "wrong one")
    assert case.status is CaseStatus.NEW or case.acknowledged_by == ""


def test_acknowledge_comment_escalate_hand_over(store: Store, path: Path) -> None:
    first = store.casework.acknowledge(ONE, "ada")
    assert store.casework.acknowledge(ONE, "bob") == first
    store.casework.comment(ONE, "bob", "<b>Quastenflosser</b> was seen here\nbefore")
    store.casework.escalate(ONE, "bob", "unsure")
    case = store.casework.hand_over(ONE, "bob", "cleo", "please")
    assert (case.status, case.assignee, case.acknowledged_by) == ("escalated", "cleo", "ada")
    assert [event.action for event in store.casework.history(ONE)] == [
        "acknowledge",
        "comment",
        "escalate",
        "hand over",
    ]
    assert [one.alert_id for _, one in store.casework.queue(assignee="cleo")] == [ONE]
    assert store.casework.queue(statuses=[CaseStatus.NEW]) == []
    actions = [event.action for event in store.audit.tail(4)]
    assert actions == ["alert.acknowledge", "alert.comment", "alert.escalate", "alert.hand_over"]
    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"was seen here" not in kept


def test_a_rejection_needs_a_reason(store: Store) -> None:
    with pytest.raises(DataError, match="reason is empty"):
        store.casework.judge(rejected("ada", ""))
    assert store.casework.get(ONE).version == 0


def test_refused_changes_nothing(store: Store) -> None:
    store.casework.set_rules("missing", WatchlistRules(two_person=True))
    store.casework.judge(confirmed("ada"))
    before, entries = store.casework.get(ONE), store.audit.count()
    with pytest.raises(DataError):
        store.casework.judge(confirmed("ada"))
    assert (store.casework.get(ONE), store.audit.count()) == (before, entries)


def test_rules_of_a_list(store: Store) -> None:
    wanted = WatchlistRules(two_person=True, sound=True, must_acknowledge=True)
    store.casework.set_rules("missing", wanted, "ada")
    assert store.casework.rules("missing") == wanted
    assert store.audit.tail(1)[0].action == "watchlist.rules"
    with pytest.raises(StoreError, match="no watchlist"):
        store.casework.rules("others")


def test_a_held_alert_wakes_nobody(store: Store) -> None:
    store.casework.set_rules("missing", WatchlistRules(True, True, True))
    (subject,) = store.watchlists.subjects("missing")
    held = an_alert(3, subject_id=subject.subject_id, held=True)
    store.alerts.record(held, [], a_probe(3))
    assert store.casework.rules_of_alert(held.alert_id) == WatchlistRules(True, False, False)
    assert store.casework.rules_of_alert(ONE) == WatchlistRules(True, True, True)


def test_comments_go_with_the_subject(store: Store) -> None:
    store.casework.comment(ONE, "bob", "Anna was seen here")
    (subject,) = store.watchlists.subjects("missing")
    store.watchlists.remove_subject(subject.subject_id)
    (event,) = store.casework.history(ONE)
    assert (event.actor, event.text) == ("bob", "")


def test_lists_go_by_the_work_as_it_stands(store: Store) -> None:
    """What a list is chosen by is a copy of the case: whatever is done, they agree."""
    work = store.casework
    work.set_rules("missing", WatchlistRules(two_person=True))
    steps: list[Callable[[], object]] = [
        lambda: work.comment(ONE, "ada", "hm"),
        lambda: work.acknowledge(ONE, "ada"),
        lambda: work.hand_over(ONE, "ada", "bob"),
        lambda: work.judge(confirmed("ada")),
        lambda: work.judge(confirmed("bob")),
        lambda: work.reopen(ONE, "bob", "slip"),
        lambda: work.judge(confirmed("ada")),
        lambda: work.judge(rejected("bob")),
        lambda: work.judge(rejected("cleo")),
        lambda: store.alerts.record(an_alert(1, revision=2, subject_id=1), []),
        lambda: work.hand_over(ONE, "cleo", "ada"),
        lambda: work.reopen(ONE, "cleo", "slip"),
    ]
    seen = set()
    for step in steps:
        step()
        case = work.get(ONE)
        seen.add(case.status)
        wanted = AlertsWanted(work=[case.status], assignee=case.assignee)
        others = AlertsWanted(work=set(CaseStatus) - {case.status})
        assert ONE in {one.alert.alert_id for one in store.alerts.page(wanted)}
        assert ONE not in {one.alert.alert_id for one in store.alerts.page(others)}
    assert seen == set(CaseStatus)
