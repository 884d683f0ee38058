"""facewarden alerts, on a real store."""

import getpass
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.alerts import app
from facewarden.config.load import load_settings
from facewarden.data import (
    Opinion,
    Presentation,
    PresentationVerdict,
    ReviewState,
    SubjectDetails,
)
from facewarden.data.casework import WatchlistRules
from facewarden.errors import FacewardenError, InputError, StoreError
from facewarden.store.open import Store
from facewarden.wiring.stores import open_store_from
from unit.store.making import PICTURE, a_look, a_probe, an_alert

FIRST, SECOND = an_alert(1).alert_id, an_alert(2).alert_id


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    with open_store_from(load_settings(path)) as store:
        now = datetime.now(UTC)
        store.alerts.record(an_alert(1), ["mqtt"])
        store.alerts.record(
            an_alert(2, camera_id="yard", watchlist="wanted", decided_at=now, snapshot=None),
            [],
        )
        (delivery,) = store.alerts.pending("mqtt", now, 10)
        store.alerts.failed(delivery, "nobody answered", now + timedelta(seconds=9))
    return path


@pytest.fixture
def store(config: Path) -> Iterator[Store]:
    with open_store_from(load_settings(config)) as opened:
        yield opened


def invoke(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)


def ids(config: Path, *words: str) -> list[str]:
    result = invoke(config, "list", "--json", *words)
    assert result.exit_code == 0
    return [alert["alert_id"] for alert in json.loads(result.stdout)]


FILTERS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "none": ((), [SECOND, FIRST]),
    "since": (("--since", "1h"), [SECOND]),
    "camera": (("--camera", "gate"), [FIRST]),
    "watchlist": (("--watchlist", "wanted"), [SECOND]),
    "state": (("--state", "confirmed"), []),
    "limit": (("--limit", "1"), [SECOND]),
    "two": (("--camera", "gate", "--watchlist", "wanted"), []),
}


@pytest.mark.parametrize("case", FILTERS)
def test_list(config: Path, case: str) -> None:
    words, wanted = FILTERS[case]
    assert ids(config, *words) == wanted


def test_list_as_a_table(config: Path) -> None:
    shown = invoke(config, "list").stdout
    assert FIRST[:8] in shown
    assert invoke(config, "list", "--camera", "none").stdout == ""


def test_show_tells_deliveries(config: Path, store: Store) -> None:
    shown = invoke(config, "show", FIRST[:6]).stdout
    assert FIRST in shown
    assert "nobody answered" in shown
    assert "waiting" in shown
    plain = json.loads(invoke(config, "show", FIRST, "--json").stdout)
    assert plain["deliveries"][0]["attempts"] == 1
    assert plain["subject"]["external_reference"] == "CASE-4711"


def test_only_a_snapshot_that_was_read_is_audited(
    config: Path, store: Store, tmp_path: Path
) -> None:
    def reads() -> int:
        return sum(event.action == "alert.read_snapshot" for event in store.audit.tail(100))

    invoke(config, "show", FIRST)
    invoke(config, "confirm", FIRST)
    assert reads() == 0
    assert invoke(config, "show", FIRST, "--snapshot", str(tmp_path / "a.jpg")).exit_code == 0
    assert (tmp_path / "a.jpg").read_bytes() == PICTURE.jpeg
    assert reads() == 1


def test_an_alert_without_a_snapshot_says_so(config: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no snapshot"):
        invoke(config, "show", SECOND, "--snapshot", str(tmp_path / "a.jpg"))
    assert not (tmp_path / "a.jpg").exists()


def test_looks_are_written_and_that_they_were_read(
    config: Path, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no pictures of looks"):
        invoke(config, "show", FIRST, "--looks", str(tmp_path / "looks"))
    store.alerts.keep_looks(FIRST, [a_look(1), a_look(12, similarity=None)])
    shown = invoke(config, "show", FIRST, "--looks", str(tmp_path / "looks"))
    assert "similarity 0.510, quality 0.89" in shown.stderr
    assert "similarity not among the nearest" in shown.stderr
    written = {file.name: file.read_bytes() for file in (tmp_path / "looks").iterdir()}
    assert written == {
        "look-01.jpg": a_look(1).picture.jpeg,
        "look-12.jpg": a_look(12).picture.jpeg,
    }
    assert sum(event.action == "alert.read_looks" for event in store.audit.tail(100)) == 1


ATTACK = Presentation(PresentationVerdict.ATTACK, 0.12, looks=5, models=("clip-v1",))


def test_held_alerts_are_listed_shown_and_their_picture_written(
    config: Path, store: Store, tmp_path: Path
) -> None:
    assert ids(config, "--held") == []
    with pytest.raises(InputError, match="no picture of presentation"):
        invoke(config, "show", FIRST, "--strip", str(tmp_path / "strip.jpg"))
    held = replace(store.alerts.get(FIRST).alert, alert_id="f" * 32, presentation=ATTACK, held=True)
    store.alerts.record(held, ["desk"], strip=PICTURE)
    assert ids(config, "--held") == [held.alert_id]
    assert held.alert_id not in ids(config, "--no-held")
    shown = invoke(config, "show", "ff", "--strip", str(tmp_path / "strip.jpg")).stdout
    assert "may be a photograph or a screen: live 0.12, 0.50 needed, from 5" in shown
    assert "unreviewed, held" in shown
    assert "told to no sink" in shown
    assert (tmp_path / "strip.jpg").read_bytes() == PICTURE.jpeg
    plain = json.loads(invoke(config, "show", "ff", "--json").stdout)
    assert (plain["held"], plain["presentation"]["verdict"]) == (True, "attack")


def test_show_tells_what_a_second_model_said(config: Path, store: Store) -> None:
    assert "second opinion" not in invoke(config, "show", FIRST).stdout
    opinion = Opinion("dlib-resnet-v1", 0.95, looks=3, first=0.45)
    one = replace(store.alerts.get(FIRST).alert, revision=2, second_opinion=opinion)
    store.alerts.record(one, [])
    assert "dlib-resnet-v1: 0.950 from 3 looks" in invoke(config, "show", FIRST).stdout
    plain = json.loads(invoke(config, "show", FIRST, "--json").stdout)
    assert plain["second_opinion"]["first"] == 0.45


def test_confirm_and_reject_keep_the_history(config: Path, store: Store) -> None:
    assert invoke(config, "confirm", FIRST[:5]).exit_code == 0
    rejected = invoke(config, "reject", FIRST, "--reason", "another person", "--reviewer", "ada")
    assert rejected.exit_code == 0
    reviews = store.alerts.get(FIRST).reviews
    assert [(r.state, r.reviewer, r.reason) for r in reviews] == [
        (ReviewState.CONFIRMED, getpass.getuser(), ""),
        (ReviewState.REJECTED, "ada", "another person"),
    ]
    assert ids(config, "--state", "rejected") == [FIRST]
    assert "another person" in invoke(config, "show", FIRST).stdout


def test_a_rejection_needs_a_reason(config: Path) -> None:
    assert invoke(config, "reject", FIRST).exit_code == 2
    with pytest.raises(InputError, match="needs a reason"):
        invoke(config, "reject", FIRST, "--reason", "  ")
    assert ids(config, "--state", "unreviewed") == [SECOND, FIRST]


def test_an_unknown_id_is_refused(config: Path) -> None:
    with pytest.raises(StoreError, match="no alert begins"):
        invoke(config, "confirm", "zz")


def test_without_a_store_there_are_no_alerts(tmp_path: Path) -> None:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "none"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    with pytest.raises(FacewardenError):
        invoke(path, "list")


@pytest.fixture
def subject_id(store: Store) -> int:
    """A subject with two alerts that can still be made anchors of: 3, and 4, which is very like."""
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Ada Example"), "missing")
    for number, similarity in ((3, 0.5), (4, 0.9)):
        alert = an_alert(number, subject_id=subject_id, similarity=similarity)
        store.alerts.record(alert, [], a_probe(number))
    return subject_id


THIRD, FOURTH = an_alert(3).alert_id, an_alert(4).alert_id


def test_a_rejection_holds_the_face_back_and_a_confirmation_undoes_that(
    config: Path, store: Store, subject_id: int
) -> None:
    said = invoke(config, "reject", THIRD, "--reason", "another person").stderr
    assert "This face raises no more alerts for this subject." in said
    assert [found.alert_ids for found in store.anchors.of_subject(subject_id)] == [(THIRD,)]
    assert "rejected, held back" in " ".join(invoke(config, "show", THIRD).stdout.split())
    listed = json.loads(invoke(config, "list", "--json").stdout)
    assert {alert["alert_id"]: alert["held_back"] for alert in listed} == {
        FIRST: False,
        SECOND: False,
        THIRD: True,
        FOURTH: False,
    }
    said = invoke(config, "confirm", THIRD).stderr
    assert "no longer held back" in said
    assert store.anchors.of_subject(subject_id) == []


def test_a_rejection_that_would_hide_the_subject_is_asked_about(
    config: Path, store: Store, subject_id: int
) -> None:
    with pytest.raises(InputError, match="would hide the subject") as caught:
        invoke(config, "reject", FOURTH, "--reason", "no")
    assert "--even-so" in caught.value.remedy
    assert caught.value.found == "0.900"
    assert store.alerts.get(FOURTH).alert.state is ReviewState.UNREVIEWED
    assert invoke(config, "reject", FOURTH, "--reason", "no", "--even-so").exit_code == 0
    assert len(store.anchors.of_subject(subject_id)) == 1


def test_an_alert_can_be_rejected_alone(config: Path, store: Store, subject_id: int) -> None:
    result = invoke(config, "reject", FOURTH, "--reason", "a photograph of her", "--no-hold-back")
    assert result.stderr.count("\n") == 1
    assert store.alerts.get(FOURTH).alert.state is ReviewState.REJECTED
    assert store.anchors.of_subject(subject_id) == []


def test_without_a_probe_it_is_said_that_nothing_is_held_back(config: Path) -> None:
    said = invoke(config, "reject", FIRST, "--reason", "another person").stderr
    assert "Later alerts of this face are not held back" in " ".join(said.split())


def test_a_verdict_is_undone_with_a_reason(config: Path, store: Store) -> None:
    (first, *_) = ids(config)
    invoke(config, "confirm", first, "--reviewer", "ada")
    undone = invoke(config, "reopen", first, "--reason", "slip", "--reviewer", "ada")
    assert "is acknowledged, by ada" in undone.stderr
    assert store.alerts.get(first).alert.state is ReviewState.UNREVIEWED


def test_where_two_people_are_asked_for_the_first_is_told(config: Path, store: Store) -> None:
    (first, *_) = ids(config)
    watchlist = store.alerts.get(first).alert.watchlist
    store.watchlists.ensure(watchlist)
    store.casework.set_rules(watchlist, WatchlistRules(two_person=True))
    told = invoke(config, "confirm", first, "--reviewer", "ada").stderr
    assert "confirmed by one" in told
    assert "somebody else confirms it" in told
    assert "is confirmed, by bob" in invoke(config, "confirm", first, "--reviewer", "bob").stderr


def test_a_picture_of_the_subject_is_rejected_and_how_to_hold_it_back_is_said(
    config: Path, store: Store, subject_id: int
) -> None:
    store.alerts.record(
        an_alert(5, subject_id=subject_id, similarity=0.5, presentation=ATTACK), [], a_probe(5)
    )
    picture = an_alert(5).alert_id
    said = invoke(config, "reject", picture, "--reason", "her photograph").stderr
    assert "not held back, since it was said to be a picture" in said
    assert "--hold-back" in said
    assert store.anchors.of_subject(subject_id) == []
    said = invoke(config, "reject", picture, "--reason", "poster", "--no-hold-back").stderr
    assert "--hold-back" not in said


def test_what_waits_for_a_sink_that_is_gone_is_given_up(config: Path, store: Store) -> None:
    asked = CliRunner().invoke(app, ["give-up", "mqtt", "--config", str(config)], input="n\n")
    assert "Give up what waits for sink mqtt (1)?" in asked.stderr
    assert (asked.exit_code, store.alerts.backlog()) == (1, 1)
    given_up = invoke(config, "give-up", "mqtt", "--yes")
    assert given_up.stderr.strip() == "Given up for sink mqtt: 1."
    assert store.alerts.backlog() == 0
    with pytest.raises(InputError, match="nothing waits for sink mqtt"):
        invoke(config, "give-up", "mqtt", "--yes")


def test_a_sink_in_use_is_given_up_only_when_said(config: Path, store: Store) -> None:
    settings = json.loads(config.read_text())
    settings["sinks"] = [{"type": "console", "name": "mqtt"}]
    config.write_text(json.dumps(settings))
    with pytest.raises(InputError, match=r"sink mqtt is in use.*--even-so"):
        invoke(config, "give-up", "mqtt", "--yes")
    assert invoke(config, "give-up", "mqtt", "--yes", "--even-so").exit_code == 0
    assert store.alerts.backlog() == 0
