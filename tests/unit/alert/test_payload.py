import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import facewarden.alert
from facewarden.alert.payload import encode, payload, schema
from facewarden.alert.wording import facts, short_text
from facewarden.data import Opinion, Presentation, PresentationVerdict, ReviewState
from facewarden.errors import DataError
from unit.alert.samples import NOON, make_alert, make_delivery, make_snapshot

SENT = NOON + timedelta(seconds=3)


def validate(body: dict[str, Any]) -> None:
    Draft202012Validator(schema()).validate(json.loads(encode(body)))


def test_the_schema_is_a_schema_and_the_published_copy_is_the_same() -> None:
    Draft202012Validator.check_schema(schema())
    packaged = Path(facewarden.alert.__file__).parent / "alert.schema.json"
    published = Path(__file__).parents[3] / "docs" / "alert.schema.json"
    assert packaged.read_bytes() == published.read_bytes()


def test_a_payload_says_everything_about_an_alert() -> None:
    alert = make_alert(state=ReviewState.CONFIRMED)
    body = payload(make_delivery(alert), SENT, with_snapshot=True)
    validate(body)
    assert body["alert_id"] == alert.alert_id
    assert body["event"] == "raised"
    assert body["state"] == "confirmed"
    assert body["similarity"] == 0.623457
    assert "human" in body["note"]
    assert body["subject"] == {
        "id": 7,
        "name": "Ada Example",
        "external_reference": "CASE-17",
        "category": "missing person",
    }
    assert body["times"] == {
        "seen": "2026-05-04T12:00:00.123Z",
        "last_seen": "2026-05-04T12:00:02.123Z",
        "received": "2026-05-04T12:00:00.223Z",
        "decided": "2026-05-04T12:00:02.323Z",
        "sent": "2026-05-04T12:00:03.123Z",
    }


def test_the_picture_arrives_whole() -> None:
    alert = make_alert()
    assert alert.snapshot
    sent = payload(make_delivery(alert), SENT, with_snapshot=True)["snapshot"]
    jpeg = base64.b64decode(sent["data"], validate=True)
    assert jpeg == alert.snapshot.jpeg
    assert sent["sha256"] == hashlib.sha256(jpeg).hexdigest()
    assert sent["box"] == [4, 4, 32, 32]


@pytest.mark.parametrize(
    ("snapshot", "with_snapshot"),
    [(make_snapshot(), False), (None, True), (None, False)],
    ids=["not wanted", "not there", "neither"],
)
def test_no_picture_is_null(snapshot: Any, with_snapshot: bool) -> None:
    delivery = make_delivery(make_alert(snapshot=snapshot))
    body = payload(delivery, SENT, with_snapshot=with_snapshot)
    assert body["snapshot"] is None
    validate(body)


@pytest.mark.parametrize(
    ("opinion", "similarity", "problem", "words"),
    [
        (
            Opinion("dlib", 0.95, looks=3, first=0.45),
            0.95,
            "",
            "dlib: 0.950 from 3 looks; the first model alone 0.450",
        ),
        (
            Opinion("dlib", first=0.45, waiting=True),
            None,
            "no answer yet",
            "dlib: no answer yet; the first model alone 0.450",
        ),
        (
            Opinion("dlib", first=0.45, problem="no answer within 2 s"),
            None,
            "no answer within 2 s",
            "dlib: none, no answer within 2 s; the first model alone 0.450",
        ),
    ],
    ids=["answered", "asked", "no answer"],
)
def test_a_second_opinion_is_told(
    opinion: Opinion, similarity: float | None, problem: str, words: str
) -> None:
    alert = make_alert(second_opinion=opinion)
    body = payload(make_delivery(alert), SENT, with_snapshot=False)
    validate(body)
    assert body["second_opinion"] == {
        "model_id": "dlib",
        "similarity": similarity,
        "looks": opinion.looks,
        "first_similarity": 0.45,
        "problem": problem,
    }
    assert ("Second opinion", words) in facts(alert)


ASKED = ("minifasnet-v2", "clip-v1")
PRESENTATIONS = {
    "living": (
        Presentation(PresentationVerdict.BONA_FIDE, 0.912, 0.5, 0.8, 0.95, 5, ASKED),
        "a living person: live 0.91, 0.50 needed, from 5 looks",
        "",
    ),
    "picture": (
        Presentation(PresentationVerdict.ATTACK, 0.1234567, 0.5, 0.2, 0.05, 5, ASKED),
        "may be a photograph or a screen: live 0.12, 0.50 needed, from 5 looks",
        ", may be a photograph or a screen: live 0.12",
    ),
    "one model": (
        Presentation(
            PresentationVerdict.ATTACK, 0.2, 0.5, 0.2, None, 0, ASKED[:1], "only 3 looks of 5"
        ),
        "may be a photograph or a screen: live 0.20, 0.50 needed; only 3 looks of 5",
        ", may be a photograph or a screen: live 0.20",
    ),
    "unsettled": (Presentation(PresentationVerdict.UNSETTLED), "not settled yet", ""),
    "not assessed": (
        Presentation(PresentationVerdict.NOT_ASSESSED, reason="the face has 31\npx, 60 needed"),
        "not assessed; the face has 31 px, 60 needed",
        "",
    ),
}


@pytest.mark.parametrize("case", PRESENTATIONS)
def test_whether_a_living_person_was_seen_is_told(case: str) -> None:
    said, words, doubt = PRESENTATIONS[case]
    alert = make_alert(presentation=said)
    body = payload(make_delivery(alert), SENT, with_snapshot=False)
    validate(body)
    assert body["presentation"] == {
        "verdict": said.verdict.value,
        "live": said.live and round(said.live, 6),
        "threshold": 0.5,
        "picture": said.picture,
        "clip": said.clip,
        "looks": said.looks,
        "models": list(said.models),
        "reason": said.reason,
    }
    assert ("Presentation", words) in facts(alert)
    assert short_text(alert).endswith(f"(needs {alert.threshold:.2f}){doubt}")


def test_an_alert_that_was_held_at_first_is_raised_where_it_is_first_heard_of() -> None:
    delivery = replace(make_delivery(make_alert(revision=2)), first=True)
    body = payload(delivery, SENT, with_snapshot=False)
    assert (body["event"], body["revision"]) == ("raised", 2)
    validate(body)


def test_where_none_was_asked_receivers_get_what_they_always_got() -> None:
    alert = make_alert()
    assert "second_opinion" not in payload(make_delivery(alert), SENT, with_snapshot=False)
    assert "presentation" not in payload(make_delivery(alert), SENT, with_snapshot=False)
    assert not {"Second opinion", "Presentation"} & dict(facts(alert)).keys()


def test_later_revisions_are_updates() -> None:
    assert payload(make_delivery(make_alert(revision=2)), SENT, with_snapshot=False)["event"] == (
        "updated"
    )


def test_one_payload_has_one_form() -> None:
    body = payload(make_delivery(), SENT, with_snapshot=True)
    shuffled = dict(reversed(body.items()))
    assert encode(body) == encode(shuffled)
    assert b"\n" not in encode(body)
    assert b": " not in encode({"a": 1, "b": [2, 3]})


@pytest.mark.parametrize("field", ["similarity", "threshold", "margin"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(field: str, value: float) -> None:
    with pytest.raises(DataError, match=field):
        payload(make_delivery(make_alert(**{field: value})), SENT, with_snapshot=False)


any_text = st.text(st.characters(), max_size=40)  # with controls and lone surrogates
any_time = st.datetimes(timezones=st.just(UTC))


@given(
    names=st.lists(any_text, min_size=7, max_size=7),
    times=st.lists(any_time, min_size=5, max_size=5),
    similarity=st.floats(-1, 1, width=32),
    revision=st.integers(1, 2**40),
    track_id=st.integers(-1, 2**62),
    state=st.sampled_from(ReviewState),
)
def test_every_alert_follows_the_schema(
    names: list[str],
    times: list[datetime],
    similarity: float,
    revision: int,
    track_id: int,
    state: ReviewState,
) -> None:
    alert = make_alert(
        subject_name=names[0],
        external_reference=names[1],
        category=names[2],
        watchlist=names[3],
        camera_id=names[4],
        camera_name=names[5],
        camera_location=names[6],
        seen_at=times[0],
        last_seen_at=times[1],
        received_at=times[2],
        decided_at=times[3],
        similarity=similarity,
        revision=revision,
        track_id=track_id,
        state=state,
        snapshot=None,
    )
    validate(payload(make_delivery(alert), times[4], with_snapshot=True))
