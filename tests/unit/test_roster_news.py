"""Somebody on a list whom nobody looks for must not go unsaid."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden.data import SubjectDetails
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.roster_news import tell_changes, tell_first, unsearched_words
from facewarden.wiring.roster import make_roster
from facewarden.wiring.stores import open_store_from
from unit.store.making import a_reference
from unit.wiring.making import asking

pytestmark = pytest.mark.models


def test_a_member_whose_photographs_were_all_replaced_is_told(
    tmp_path: Path, embedder: OnnxEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = asking(tmp_path / "data", None)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        ann, bob = (
            store.watchlists.add_subject(SubjectDetails(name), "missing") for name in ("Ann", "Bob")
        )
        for seed, one in ((1, ann), (2, bob)):
            store.watchlists.add_references(one, [a_reference(seed, model_id=embedder.model_id)])
        members = {"missing": frozenset({ann, bob})}
        frozen = store.watchlists.owners(embedder.model_id, ["missing"])[:, 1]
        before = make_roster(store, embedder, (), chosen, members=members, frozen=frozen)
        tell_first(before)
        assert caplog.text == ""
        new = a_reference(3, model_id=embedder.model_id)
        store.watchlists.add_references(ann, [new])
        store.watchlists.remove_reference(int(frozen[0]))
        now = make_roster(store, embedder, (), chosen, before, members, frozen)
        tell_changes(store, before, now)
    assert now.unsearched == {ann}
    assert f"watchlist missing: nobody looks for subject {ann}: none of the photographs" in (
        caplog.text
    )
    assert "Ann" not in caplog.text
    assert "authorised anew" in unsearched_words(now, "missing")


def test_who_is_new_may_get_a_photograph_yet_and_who_has_expired_needs_none(
    tmp_path: Path, embedder: OnnxEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = asking(tmp_path / "data", None)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        one = store.watchlists.add_subject(SubjectDetails("Ann"), "missing")
        store.watchlists.add_references(one, [a_reference(1, model_id=embedder.model_id)])
        before = make_roster(store, embedder, (), chosen)
        over = SubjectDetails("Old", expires_at=datetime.now(UTC) - timedelta(days=1))
        store.watchlists.add_subject(over, "missing")
        late = store.watchlists.add_subject(SubjectDetails("Bob"), "missing")
        now = make_roster(store, embedder, (), chosen, before)
        tell_changes(store, before, now)
        assert caplog.text == ""
        assert now.unsearched == {late}
        tell_first(now)
    assert f"nobody looks for subject {late}: no photograph of theirs was enrolled" in caplog.text
