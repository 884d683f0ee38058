"""A store of revision fw0003, written by its own code, becomes one whose words are sealed."""

import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, update

from facewarden.data import (
    Presentation,
    PresentationVerdict,
    Review,
    ReviewState,
    SubjectDetails,
    Watchlist,
)
from facewarden.data.casework import CaseStatus, WatchlistRules
from facewarden.data.deployment import DeploymentPlan
from facewarden.errors import DataError, KeyRefused
from facewarden.store.alert_codec import to_text
from facewarden.store.alerts import AlertsWanted
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.outbox import payload_purpose
from facewarden.store.sealed_words import seal_text
from facewarden.store.tables import delivery as delivery_table
from facewarden.store.tables import metadata, store_info
from facewarden.store.tables import subject as subject_table
from unit.store.making import DAY, MODEL, NOW, SECOND, a_look, a_reference, an_alert, an_id

PAYLOAD_PURPOSE = payload_purpose(f"{an_id(1)}:1:desk")
OLD_PAYLOAD = json.dumps(
    {
        name: value
        for name, value in json.loads(to_text(an_alert(1))).items()
        if name not in ("presentation", "held", "looks_model_id")
    }
)
FW0003 = Path(__file__).parents[2] / "golden/store_fw0003.sql"
CLEAR = (
    *("Quastenflosser", "CASE-4711", "limps on the left", "Court order 12", "Judge Ito"),
    *("missing person", "Ångström", "Jürgen", "LLE-1", "photograph-", "It is "),
)
ANNA = SubjectDetails(
    "Maximiliane Quastenflosser",
    "CASE-4711",
    "missing person",
    "limps on the left",
    "Court order 12",
    "Judge Ito",
    NOW + DAY,
)


@pytest.fixture
def old(path: Path) -> Path:
    path.parent.mkdir(mode=0o700)
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.executescript(FW0003.read_text())
    raw.close()
    path.chmod(0o600)
    return path


def in_clear(path: Path) -> list[str]:
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    return [words for words in CLEAR if words.encode() in raw]


def test_everything_is_kept_and_nothing_of_it_in_clear(old: Path, key: TemplateKey) -> None:
    assert in_clear(old) == list(CLEAR)
    with open_store(sqlite_url(old), key, clock=lambda: NOW) as store:
        assert in_clear(old) == []
        lists = store.watchlists
        found = {one.subject_id: one for one in lists.subjects()}
        assert found[1].details == ANNA
        assert (found[1].watchlists, found[1].references) == (("missing", "vip"), 2)
        assert (found[1].version, found[1].updated_at) == (1, NOW)
        assert [one.details.name for one in found.values()][1:] == [
            "Zoë Ångström",
            "Jürgen",
            "Ju\N{COMBINING DIAERESIS}rgen",
        ]
        assert lists.find_subject(external_reference="CASE-4711") == found[1]
        assert lists.find_subject(name="Zoë Ångström") == found[2]
        names = [one.source_name for one in lists.references(1)]
        assert names == ["photograph-1.jpg", "photograph-2.jpg"]
        assert lists.reference_image(1) == b"file 1"
        assert len(lists.gallery(MODEL, ["missing", "vip"])) == 3
        self_of(store)
        assert store.audit.verify() is None
        assert lists.add_subject(SubjectDetails("New"), "vip") == 6


def self_of(store: Store) -> None:
    """Check the alerts: open, removed and rejected."""
    one, gone, three = (store.alerts.get(an_alert(number).alert_id) for number in (1, 2, 3))
    assert one.alert.subject_name == "Maximiliane Quastenflosser"
    assert one.reviews[0].reason == "It is Maximiliane Quastenflosser"
    problems = {record.sink: record.problem for record in one.deliveries}
    assert problems == {"desk": "", "mail": "refused: Maximiliane Quastenflosser"}
    assert gone.alert.subject_name == gone.alert.category == gone.reviews[0].reason == "(removed)"
    assert (three.alert.subject_name, three.alert.category) == ("Zoë Ångström", "guest")
    assert (three.alert.state, three.reviews[0].reason) == (ReviewState.REJECTED, "")
    (waiting,) = store.alerts.pending("mail", NOW + SECOND, 10)
    assert waiting.alert.subject_name == "Maximiliane Quastenflosser"
    assert len(store.anchors.of_model(MODEL)) == 1
    assert [one.subject_id for one in store.sightings.find()] == [1]
    rejected = store.alerts.page(AlertsWanted(work=[CaseStatus.REJECTED]))
    assert an_alert(3).alert_id in {one.alert.alert_id for one in rejected}


def test_lists_know_the_work_that_was_done_before_they_could_ask(
    path: Path, key: TemplateKey
) -> None:
    ids = [an_alert(number).alert_id for number in range(4)]
    with open_store(sqlite_url(path), key) as store:
        for number in range(4):
            store.alerts.record(an_alert(number), [])
        store.casework.escalate(ids[1], "ada", "unsure")
        store.casework.hand_over(ids[2], "ada", "bob")
        store.alerts.review(Review(ids[3], ReviewState.CONFIRMED, "ada", "", NOW))
    raw = sqlite3.connect(path)
    # As fw0007 had it: without what was added since.
    raw.executescript(
        "DROP INDEX ix_alert_page; ALTER TABLE alert DROP COLUMN work;"
        "ALTER TABLE alert DROP COLUMN assignee; ALTER TABLE reference DROP COLUMN box;"
        "ALTER TABLE alert DROP COLUMN second_opinion; DROP TABLE alert_look;"
        "ALTER TABLE alert DROP COLUMN presentation; ALTER TABLE alert DROP COLUMN held;"
        "ALTER TABLE alert DROP COLUMN looks_model_id; ALTER TABLE delivery DROP COLUMN reached;"
        "ALTER TABLE delivery DROP COLUMN refused;"
        "ALTER TABLE watchlist DROP COLUMN presentation; DROP TABLE presentation_picture;"
        "CREATE INDEX ix_alert_page ON alert (position, raised_at);"
        "DROP INDEX ix_audit_page; DROP INDEX ix_subject_external_digest;"
        "ALTER TABLE casework DROP COLUMN two_person; DROP TABLE deployment_reference;"
        "DROP TABLE serving_model; DROP TABLE re_enrolment; DROP TABLE refused_reference;"
        "CREATE UNIQUE INDEX uq_subject_external_digest ON subject (external_digest);"
        "UPDATE alembic_version SET version_num = 'fw0007';"
    )
    raw.close()
    with open_store(sqlite_url(path), key) as store:
        found = [
            [one.alert.alert_id for one in store.alerts.page(wanted)]
            for wanted in (
                AlertsWanted(work=[CaseStatus.NEW], assignee=""),
                AlertsWanted(work=[CaseStatus.ESCALATED]),
                AlertsWanted(assignee="bob"),
                AlertsWanted(work=[CaseStatus.CONFIRMED]),
            )
        ]
        old = store.alerts.get(ids[0]).alert
        assert (old.second_opinion, store.alerts.looks(ids[0])) == (None, [])
        store.alerts.keep_looks(ids[0], [a_look(1)])
        assert store.alerts.looks(ids[0]) == [a_look(1)]
    assert found == [[ids[0]], [ids[1]], [ids[2]], [ids[3]]]


AS_FW0016 = (
    "ALTER TABLE delivery DROP COLUMN refused",
    "UPDATE alembic_version SET version_num = 'fw0016'",
)
AS_FW0015 = (
    *AS_FW0016,
    "ALTER TABLE delivery DROP COLUMN reached",
    "UPDATE alembic_version SET version_num = 'fw0015'",
)
AS_FW0014 = (
    *AS_FW0015,
    "ALTER TABLE alert DROP COLUMN looks_model_id",
    "UPDATE alembic_version SET version_num = 'fw0014'",
)
AS_FW0013 = (
    *AS_FW0014,
    "ALTER TABLE casework DROP COLUMN two_person",
    "DROP TABLE deployment_reference",
    "UPDATE alembic_version SET version_num = 'fw0013'",
)
AS_FW0012 = (
    *AS_FW0013,
    "DROP INDEX ix_alert_page",
    "ALTER TABLE alert DROP COLUMN presentation",
    "ALTER TABLE alert DROP COLUMN held",
    "ALTER TABLE watchlist DROP COLUMN presentation",
    "DROP TABLE presentation_picture",
    "CREATE INDEX ix_alert_page ON alert (position, raised_at, camera_id, watchlist, state, "
    "subject_id, work, assignee)",
    "UPDATE alembic_version SET version_num = 'fw0012'",
)


def test_before_there_was_presentation_attack_detection_nobody_asked_for_it(
    store: Store, url: str, key: TemplateKey
) -> None:
    store.alerts.record(an_alert(1), ["desk"])
    with store._database.write() as connection:
        for statement in AS_FW0012:
            connection.exec_driver_sql(statement)
        connection.execute(
            update(delivery_table).values(payload=seal_text(key, OLD_PAYLOAD, PAYLOAD_PURPOSE))
        )
    store.close()
    with open_store(url, key, clock=lambda: NOW) as upgraded:
        (old,) = upgraded.alerts.page(AlertsWanted(held=False))
        assert (old.alert.presentation, old.alert.held) == (None, False)
        assert upgraded.watchlists.all() == [Watchlist("missing")]
        (waiting,) = upgraded.alerts.pending("desk", NOW, 10)
        assert (waiting.alert.presentation, waiting.alert.held) == (None, False)
        attack = Presentation(PresentationVerdict.ATTACK, 0.1)
        upgraded.alerts.record(
            an_alert(2, presentation=attack, held=True), ["desk"], strip=a_look(1).picture
        )
        (held,) = upgraded.alerts.page(AlertsWanted(held=True))
        assert (held.alert.presentation, held.deliveries) == (attack, ())
        with upgraded._database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_before_looks_had_a_model_of_their_own_one_model_did_both(
    store: Store, url: str, key: TemplateKey
) -> None:
    store.alerts.record(an_alert(1, looks_model_id="pupil"), ["desk"])
    assert store.alerts.get(an_alert(1).alert_id).alert.looks_model_id == "pupil"
    with store._database.write() as connection:
        for statement in AS_FW0014:
            connection.exec_driver_sql(statement)
        connection.execute(
            update(delivery_table).values(payload=seal_text(key, OLD_PAYLOAD, PAYLOAD_PURPOSE))
        )
    store.close()
    with open_store(url, key, clock=lambda: NOW) as upgraded:
        (old,) = upgraded.alerts.page(AlertsWanted())
        (waiting,) = upgraded.alerts.pending("desk", NOW, 10)
        assert (old.alert.looks_model_id, waiting.alert.looks_model_id) == (MODEL, MODEL)
        with upgraded._database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_verdict_of_one_of_two_people_still_needs_the_other(
    store: Store, url: str, key: TemplateKey
) -> None:
    for number in (1, 2):
        store.alerts.record(an_alert(number), [])
    store.casework.set_rules("missing", WatchlistRules(two_person=True))
    store.casework.judge(Review(an_id(1), ReviewState.CONFIRMED, "ada", "", NOW))
    store.casework.acknowledge(an_id(2), "ada")
    with store._database.write() as connection:
        for statement in AS_FW0013:
            connection.exec_driver_sql(statement)
    store.close()
    with open_store(url, key, clock=lambda: NOW) as upgraded:
        upgraded.casework.set_rules("missing", WatchlistRules())
        with pytest.raises(DataError, match="second person"):
            upgraded.casework.judge(Review(an_id(1), ReviewState.CONFIRMED, "ada", "", NOW))
        assert not upgraded.casework.rules_of_alert(an_id(2)).two_person
        with upgraded._database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_deployment_that_runs_goes_on_with_the_photographs_of_now(
    store: Store, url: str, key: TemplateKey
) -> None:
    for name in ("missing", "barred"):
        store.watchlists.ensure(name)
    ann, bob = (store.watchlists.add_subject(SubjectDetails(n), "missing") for n in ("Ann", "Bob"))
    store.watchlists.place(ann, "barred")
    (first,) = store.watchlists.add_references(ann, [a_reference(1)])
    store.watchlists.withdraw(bob, "missing")
    store.watchlists.add_references(bob, [a_reference(2)])
    times = (NOW, NOW + DAY)
    plan = DeploymentPlan("p", "p", "l", ("gate",), ("missing", "barred"), *times)
    one = store.deployments.propose(plan, "ada").deployment_id
    store.deployments.authorise(one, "bob")
    with store._database.write() as connection:
        for statement in AS_FW0013:
            connection.exec_driver_sql(statement)
    store.close()
    with open_store(url, key, clock=lambda: NOW) as upgraded:
        assert upgraded.deployments.references(one).tolist() == [first]


def test_case_numbers_that_differ_in_composition_alone_stay_apart(
    old: Path, key: TemplateKey
) -> None:
    with open_store(sqlite_url(old), key) as store:
        found = [store.watchlists.subject(number).details for number in (4, 5)]
        assert [one.external_reference for one in found] == [
            "FÄLLE-1",
            "FA\N{COMBINING DIAERESIS}LLE-1",
        ]
        for composed in found:
            external = composed.external_reference
            one = store.watchlists.find_subject(external_reference=external)
            assert one is not None
            assert one.subject_id == 4


def test_another_key_changes_nothing(old: Path, key: TemplateKey) -> None:
    with pytest.raises(KeyRefused, match="not the key of the store"):
        open_store(sqlite_url(old), TemplateKey(b"x" * 32))
    assert in_clear(old) == list(CLEAR)
    open_store(sqlite_url(old), key).close()
    assert in_clear(old) == []


def test_an_upgrade_that_fails_halfway_is_undone(
    old: Path, key: TemplateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = key.seal

    def failing(plain: bytes, purpose: str) -> bytes:
        if purpose.startswith("reason:"):
            raise KeyboardInterrupt
        return seal(plain, purpose)

    with monkeypatch.context() as patched:
        patched.setattr(key, "seal", failing)
        with pytest.raises(KeyboardInterrupt):
            open_store(sqlite_url(old), key)
    raw = sqlite3.connect(old)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("fw0003",)]
    assert raw.execute("SELECT name FROM subject WHERE subject_id = 1").fetchone() == (ANNA.name,)
    raw.close()
    with open_store(sqlite_url(old), key) as store:
        assert store.watchlists.subject(1).details == ANNA


def test_what_a_reader_holds_back_is_forgotten_at_the_next_start(
    old: Path, key: TemplateKey, caplog: pytest.LogCaptureFixture
) -> None:
    reader = sqlite3.connect(old, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM watchlist").fetchone()
    with caplog.at_level(logging.WARNING):
        open_store(sqlite_url(old), key, busy_s=0.2).close()
    assert "can still be read in the store" in caplog.text
    assert in_clear(old) != []
    reader.close()
    caplog.clear()
    open_store(sqlite_url(old), key).close()
    assert (in_clear(old), caplog.text) == ([], "")


@pytest.mark.parametrize(
    "swap",
    [
        pytest.param(lambda one: {"sealed": one.sealed}, id="words of another subject"),
        pytest.param(lambda one: {"sealed": one.sealed[:-1] + b"!"}, id="changed words"),
    ],
)
def test_words_that_were_moved_or_changed_are_refused(
    store: Store, swap: Callable[[Any], dict[str, bytes]]
) -> None:
    one, two = (store.watchlists.add_subject(SubjectDetails(n), "missing") for n in ("A", "B"))
    database: Database = store._database
    with database.write() as connection:
        row = connection.execute(
            select(subject_table).where(subject_table.c.subject_id == one)
        ).one()
        connection.execute(
            update(subject_table).where(subject_table.c.subject_id == two).values(swap(row))
        )
    with pytest.raises(KeyRefused, match=f"subject:{two} cannot be opened"):
        store.watchlists.subject(two)


def test_a_new_store_has_nothing_to_forget(store: Store) -> None:
    with store._database.read() as connection:
        assert connection.scalars(select(store_info.c.name)).all() == ["key_check"]
    assert store.watchlists.add_subject(SubjectDetails("A"), "missing") == 1
    assert store.watchlists.subject(1).updated_at == NOW + timedelta()
