from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from facewarden.data import SubjectDetails
from facewarden.data.deployment import DeploymentPlan, DeploymentState
from facewarden.errors import DataError, StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from unit.store.governing import Clock
from unit.store.making import DAY, HOUR, MODEL, NOW, SECOND, a_reference, an_alert

PLAN = DeploymentPlan(
    purpose="Find Maximiliane Quastenflosser",
    place="Market square",
    legal_basis="Section 7",
    cameras=("gate",),
    watchlists=("missing",),
    starts_at=NOW + HOUR,
    ends_at=NOW + 3 * HOUR,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, key: TemplateKey, clock: Clock) -> Iterator[Store]:
    with open_store(url, key, actor="tester", clock=clock) as opened:
        opened.watchlists.ensure("missing")
        yield opened


def authorised(store: Store, plan: DeploymentPlan = PLAN) -> int:
    made = store.deployments.propose(plan, "ada")
    return store.deployments.authorise(made.deployment_id, "bob").deployment_id


def actions(store: Store) -> list[str]:
    return [
        event.action for event in store.audit.tail(100) if event.action.startswith("deployment.")
    ]


def test_proposed_authorised_runs_and_ends_by_itself(store: Store, clock: Clock) -> None:
    proposed = store.deployments.propose(PLAN, "ada", user_id=1)
    assert proposed.plan == PLAN
    assert (proposed.state, proposed.version) == (DeploymentState.PROPOSED, 1)
    found = store.deployments.authorise(proposed.deployment_id, "bob", user_id=2)
    assert (found.state, found.authorised_by) == (DeploymentState.AUTHORISED, "bob")
    due = [
        [one.deployment_id for one in store.deployments.due(at)]
        for at in (NOW, NOW + HOUR, NOW + 3 * HOUR - SECOND, NOW + 3 * HOUR)
    ]
    assert due == [[], [found.deployment_id], [found.deployment_id], []]
    assert store.deployments.sweep(NOW + 2 * HOUR).ended == ()
    clock.now = NOW + 3 * HOUR
    assert store.deployments.sweep(clock.now).ended == (found.deployment_id,)
    ended = store.deployments.get(found.deployment_id)
    assert (ended.state, ended.ended_at, ended.ended_by) == (DeploymentState.ENDED, clock.now, "")
    assert actions(store) == ["deployment.propose", "deployment.authorise", "deployment.end"]


@pytest.mark.parametrize(
    ("login", "user_id"), [("ada", 2), ("ADA ", 2), ("\uff41da", None), ("renamed", 1), ("", 3)]
)
def test_nobody_authorises_alone(store: Store, login: str, user_id: int | None) -> None:
    made = store.deployments.propose(PLAN, "ada", user_id=1)
    with pytest.raises(DataError, match="second person"):
        store.deployments.authorise(made.deployment_id, login, user_id=user_id)
    assert store.deployments.get(made.deployment_id).state is DeploymentState.PROPOSED


def test_who_changed_it_last_is_not_the_second_person(store: Store) -> None:
    made = store.deployments.propose(PLAN, "ada")
    wider = replace(PLAN, purpose="Another one")
    changed = store.deployments.change(made.deployment_id, wider, "bob", version=1)
    with pytest.raises(DataError, match="second person"):
        store.deployments.authorise(made.deployment_id, "bob")
    with pytest.raises(StoreError, match="changed meanwhile"):
        store.deployments.authorise(made.deployment_id, "ada", version=1)
    store.deployments.authorise(made.deployment_id, "ada", version=changed.version)


def test_a_change_stops_it_until_it_is_authorised_again(store: Store) -> None:
    one = authorised(store)
    version = store.deployments.get(one).version
    changed = store.deployments.change(
        one, replace(PLAN, ends_at=NOW + 4 * HOUR), "ada", version=version
    )
    assert (changed.state, changed.authorised_by) == (DeploymentState.PROPOSED, "")
    assert store.deployments.due(NOW + 2 * HOUR) == []
    assert store.deployments.members(one) == {"missing": frozenset()}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, "in the past"),
        ({"ends_at": NOW + HOUR}, "before it starts"),
        ({"ends_at": NOW + HOUR + 90 * DAY + SECOND}, "too long"),
        ({"cameras": ()}, "needs a camera"),
        ({"cameras": ("gate", "gate")}, "needs a camera"),
        ({"cameras": ("cellar",)}, "no camera 'cellar'"),
        ({"watchlists": ()}, "needs a watchlist"),
        ({"watchlists": ("missing", "others")}, "no watchlist 'others'"),
        ({"legal_basis": " \t"}, "legal basis is empty"),
        ({"purpose": ""}, "purpose is empty"),
        ({"place": "x" * 10_000}, "place is too long"),
        ({"keep_unconfirmed_days": -1}, "kept too long"),
        ({"keep_unconfirmed_days": 32}, "kept too long"),
        ({"fpir": 0.9}, "out of range"),
        ({"fpir": 1e-8}, "out of range"),
        ({"false_alerts_per_day": 20_000}, "out of range"),
        ({"false_alerts_per_day": float("nan")}, "out of range"),
    ],
)
def test_refused_plans(store: Store, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        store.deployments.propose(replace(PLAN, **changes), "ada", cameras={"gate"})
    assert store.deployments.page() == []
    assert actions(store) == []


def test_what_ended_before_it_was_authorised_never_runs(store: Store, clock: Clock) -> None:
    made = store.deployments.propose(PLAN, "ada")
    clock.now = NOW + 3 * HOUR
    with pytest.raises(DataError, match="in the past"):
        store.deployments.authorise(made.deployment_id, "bob")
    assert store.deployments.sweep(clock.now).lapsed == (made.deployment_id,)
    assert store.deployments.get(made.deployment_id).state is DeploymentState.WITHDRAWN


def test_clock_set_back_gives_it_no_more_time(store: Store) -> None:
    one = authorised(store)
    store.deployments.sweep(NOW + 2 * HOUR)
    assert [due.deployment_id for due in store.deployments.due(NOW + 2 * HOUR - 30 * SECOND)]
    assert store.deployments.due(NOW + 2 * HOUR - 61 * SECOND) == []
    assert store.deployments.sweep(NOW + HOUR).set_back == (one,)
    assert [due.deployment_id for due in store.deployments.due(NOW + 2.5 * HOUR)] == [one]
    store.deployments.sweep(NOW + 3 * HOUR)
    assert store.deployments.due(NOW + 2.5 * HOUR) == []  # ended stays ended


def test_watchlists_are_frozen_but_who_leaves_has_left(store: Store) -> None:
    ids = [store.watchlists.add_subject(SubjectDetails(name), "missing") for name in "abc"]
    one = authorised(store)
    late = store.watchlists.add_subject(SubjectDetails("late"), "missing")
    assert store.deployments.members(one) == {"missing": frozenset(ids)}
    store.watchlists.withdraw(ids[0], "missing")
    store.watchlists.remove_subject(ids[1])
    assert store.deployments.members(one) == {"missing": frozenset({ids[2]})}
    store.watchlists.withdraw(late, "missing")


def test_nobody_joins_under_the_name_of_a_member(store: Store) -> None:
    member, stranger = (
        store.watchlists.add_subject(SubjectDetails(name), "missing") for name in ("Ann", "Bob")
    )
    store.watchlists.withdraw(stranger, "missing")
    (first,) = store.watchlists.add_references(member, [a_reference(1)])
    (other,) = store.watchlists.add_references(stranger, [a_reference(2)])
    one = authorised(store)
    assert store.audit.tail(1)[0].details["references"] == 1
    assert store.deployments.references(one).tolist() == [first]
    # Another face, by enrolment; by a merge; and by one the other way round.
    store.watchlists.add_references(member, [a_reference(3)])
    assert store.deployments.references(one).tolist() == [first]
    store.watchlists.merge(member, stranger)
    assert store.deployments.members(one) == {"missing": frozenset({stranger})}
    assert store.deployments.references(one).tolist() == [first]
    assert {row[1] for row in store.watchlists.owners(MODEL, ["missing"])} >= {first, other}
    store.watchlists.remove_reference(first)
    assert store.deployments.references(one).tolist() == []
    found = store.deployments.get(one)
    store.deployments.change(one, PLAN, "ada", version=found.version)
    again = store.deployments.authorise(one, "bob")
    assert len(store.deployments.references(again.deployment_id)) == 2
    store.deployments.end(one, "ada", "found")
    assert store.deployments.references(one).tolist() == []


def test_ended_by_hand_with_a_reason_and_copies_gone(store: Store, clock: Clock) -> None:
    store.watchlists.add_subject(SubjectDetails("a"), "missing")
    one = authorised(store)
    clock.now = NOW + 2 * HOUR
    with pytest.raises(DataError, match="empty"):
        store.deployments.end(one, "bob", " ")
    with pytest.raises(DataError, match="end it instead"):
        store.deployments.withdraw(one, "bob", "found")
    ended = store.deployments.end(one, "bob", "found")
    assert (ended.end_reason, ended.ended_by, ended.state) == ("found", "bob", "ended")
    assert store.deployments.due(clock.now) == []
    with store._database.read() as connection:
        assert (
            connection.exec_driver_sql("SELECT count(*) FROM deployment_member").scalar_one() == 0
        )
    for again in (store.deployments.end, store.deployments.withdraw):
        with pytest.raises(DataError, match="cannot be"):
            again(one, "bob", "once more")


def test_withdrawn_before_it_ran(store: Store) -> None:
    one = authorised(store)
    assert store.deployments.withdraw(one, "ada", "rain").state is DeploymentState.WITHDRAWN
    assert store.deployments.due(NOW + 2 * HOUR) == []
    with pytest.raises(DataError, match="cannot be authorised"):
        store.deployments.authorise(one, "bob")


def test_pages_newest_first(store: Store) -> None:
    ids = [store.deployments.propose(PLAN, "ada").deployment_id for _ in range(5)]
    first = store.deployments.page(limit=2)
    rest = store.deployments.page(before=first[-1].deployment_id)
    assert [one.deployment_id for one in [*first, *rest]] == ids[::-1]
    assert store.deployments.page(state=DeploymentState.AUTHORISED) == []


def test_unknown_deployment(store: Store) -> None:
    for call in (store.deployments.get, store.deployments.members):
        with pytest.raises(StoreError, match="no deployment 7"):
            call(7)


def test_words_are_sealed_and_never_audited(store: Store, path: Path) -> None:
    store.deployments.propose(PLAN, "ada")
    store.close()
    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Quastenflosser" not in kept
    assert b"Market square" not in kept


def test_alerts_know_their_deployment(store: Store) -> None:
    store.alerts.record(an_alert(1), [], deployment_id=5)
    store.alerts.record(replace(an_alert(1), revision=2), [], deployment_id=5)
    store.alerts.record(an_alert(2), [])
    with store._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT deployment_id FROM alert ORDER BY position").all()
    assert [row[0] for row in rows] == [5, None]


def test_ending_tells_galleries(store: Store) -> None:
    store.watchlists.add_subject(SubjectDetails("a"), "missing")
    one = authorised(store, replace(PLAN, starts_at=NOW - timedelta(minutes=1)))
    before = store.watchlists.version()
    store.deployments.end(one, "bob", "found")
    assert store.watchlists.version() > before


def test_its_watchlist_stays_until_it_is_over(store: Store) -> None:
    made = store.deployments.propose(PLAN, "ada")
    with pytest.raises(StoreError, match=f"deployment {made.deployment_id}, which is not over"):
        store.watchlists.remove("missing")
    store.deployments.withdraw(made.deployment_id, "ada", "not needed")
    store.watchlists.remove("missing")
