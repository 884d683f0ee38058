"""What a run says when no detector can be judged."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import InputError
from facewarden.evaluate.problems import LISTED
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.judging import Fold
from facewarden.measure.presentation.results import results_of
from facewarden.measure.presentation.scoring import Scored, named_clips
from facewarden.measure.presentation.shown_face import ShownFace


@dataclass(frozen=True)
class Silent:
    """A scorer with a name only: its scores are given."""

    name: str = "watch"
    threshold: float | None = None

    def score(self, shown: ShownFace) -> float:
        raise AssertionError


def test_a_clip_without_an_answer_is_named_though_nothing_else_is_wrong_with_it() -> None:
    entries = [
        ClipEntry(Path("good.mp4"), "a", False),
        ClipEntry(Path("dark.mp4"), "b", True, "print"),
        ClipEntry(Path("wall.mp4"), "c", True, "print"),
    ]
    scored = Scored(
        {"watch": np.array([0.9, np.nan, np.nan])},
        {},
        (("face never found", "wall.mp4", "in none of 6 frames"),),
        np.array([9, 9, 0]),
    )
    rows = np.arange(3)
    fold = Fold(rows, np.zeros(0, np.int64), rows)
    with pytest.raises(InputError, match="no answers of both kinds") as caught:
        results_of(entries, (fold,), scored, (Silent(),))
    assert "wall.mp4: face never found (in none of 6 frames)" in str(caught.value)
    assert "dark.mp4: no answer (of watch)" in str(caught.value)
    assert "good.mp4" not in str(caught.value)


def test_of_many_clips_the_first_are_named_and_the_others_counted() -> None:
    told = named_clips([("torn", f"{number}.mp4", "") for number in range(LISTED + 3)])
    assert told.startswith("0.mp4: torn; 1.mp4: torn")
    assert told.endswith("; and 3 more")
