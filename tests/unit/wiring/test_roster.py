"""What a watch knows of its lists."""

from pathlib import Path

import numpy as np
import pytest

from facewarden.data import SubjectDetails
from facewarden.data.presentation import PresentationRule
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.wiring.roster import make_roster, warn_of_other_anchors
from facewarden.wiring.stores import open_store_from
from unit.store.making import MODEL, a_reference
from unit.wiring.making import asking, rejected_once


@pytest.mark.models
def test_anchors_belong_to_the_model_that_made_them(
    tmp_path: Path, embedder: OnnxEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = asking(tmp_path / "data", None)
    with open_store_from(chosen) as store:
        warn_of_other_anchors(store, embedder)
        assert caplog.text == ""
        rejected_once(store)
        warn_of_other_anchors(store, embedder)
        assert f"made by {MODEL}, not used with {embedder.model_id}" in caplog.text
        assert len(make_roster(store, embedder, (), chosen).anchors) == 0


@pytest.mark.models
@pytest.mark.parametrize(
    ("stored", "said", "expected"),
    [
        ("off", None, "off"),
        ("hold", None, "hold"),
        ("hold", "off", "off"),
        ("off", "annotate", "annotate"),
    ],
)
def test_what_is_done_about_pictures_of_people_is_in_the_settings_or_else_in_the_store(
    tmp_path: Path, embedder: OnnxEmbedder, stored: str, said: str | None, expected: str
) -> None:
    chosen = asking(tmp_path / "data", said)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        store.watchlists.configure("missing", None, (), presentation=PresentationRule(stored))
        roster = make_roster(store, embedder, (), chosen)
    assert roster.presentation == {"missing": PresentationRule(expected)}


@pytest.mark.models
def test_members_are_looked_for_by_the_photographs_that_were_frozen(
    tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    chosen = asking(tmp_path / "data", None)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        subject_id = store.watchlists.add_subject(SubjectDetails("Ann"), "missing")
        first, second = store.watchlists.add_references(
            subject_id, [a_reference(seed, model_id=embedder.model_id) for seed in (1, 2)]
        )
        members = {"missing": frozenset({subject_id})}
        frozen = np.array([first], np.int64)
        everything = make_roster(store, embedder, (), chosen, members=members)
        kept = make_roster(store, embedder, (), chosen, everything, members, frozen)
    assert everything.gallery.reference_ids.tolist() == [first, second]
    assert kept.gallery.reference_ids.tolist() == [first]
