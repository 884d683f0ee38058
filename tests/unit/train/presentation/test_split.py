"""Nobody is learnt from and judged; species left out are nowhere learnt from."""

from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import InputError
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipSplitRecipe
from facewarden.train.presentation.split import Parts, split
from unit.train.presentation.looks import PEOPLE, written


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> PreparedClips:
    return written(tmp_path_factory.mktemp("clips"), clips=1)


def people(clips: PreparedClips, parts: Parts) -> list[set[str]]:
    return [
        {clips.subjects[row] for row in rows}
        for rows in (parts.train, parts.development, parts.test)
    ]


def test_folds_judge_everybody_once(clips: PreparedClips) -> None:
    judged: list[str] = []
    for fold in range(3):
        train, development, test = people(
            clips, split(clips, ClipSplitRecipe(folds=3, fold=fold), 1)
        )
        assert not train & development
        assert not (train | development) & test
        assert train | development | test == set(PEOPLE)
        judged += sorted(test)
    assert sorted(judged) == sorted(PEOPLE)


def test_a_species_left_out_is_only_judged(clips: PreparedClips) -> None:
    parts = split(clips, ClipSplitRecipe(leave_out=("replay",)), 1)
    species = np.array(clips.species)
    assert set(species[parts.train]) == {"", "print"}
    assert set(species[parts.development]) == {"", "print"}
    assert set(species[parts.test]) == {"", "replay"}


def test_the_list_may_say_who_is_judged(tmp_path: Path) -> None:
    named = dict(
        zip(PEOPLE, ("train", "train", "train", "development", "test", "test"), strict=True)
    )
    clips = written(tmp_path, clips=1, part_of=named)
    train, development, test = people(clips, split(clips, ClipSplitRecipe(by="part"), 1))
    assert (train, development, test) == ({"ada", "ben", "cleo"}, {"dan"}, {"eve", "finn"})


@pytest.mark.parametrize(
    ("who", "recipe", "told"),
    [
        (("ada",), {}, "too few people to be split.*found 1"),
        (("ada", "ben"), {"folds": 2}, "too few people"),
        (PEOPLE, {"leave_out": ("mask",)}, "no attack of the species mask.*print, replay"),
        (PEOPLE, {"leave_out": ("print", "replay")}, "the part train of .* has no attacks"),
        (PEOPLE, {"by": "part"}, "the part train of .* has no attacks"),
    ],
)
def test_what_cannot_be_split_is_refused(
    who: tuple[str, ...], recipe: dict[str, object], told: str, tmp_path: Path
) -> None:
    clips = written(tmp_path, people=who, clips=1)
    with pytest.raises(InputError, match=told):
        split(clips, ClipSplitRecipe.model_validate(recipe), 1)


def test_nobody_may_be_listed_in_both(tmp_path: Path) -> None:
    clips = written(tmp_path, clips=1, part_of=dict.fromkeys(PEOPLE, "train"))
    parts = ("test", *clips.parts[1:])
    mixed = PreparedClips(
        clips.folder, clips.looks, clips.at_s, clips.first, clips.count, clips.paths,
        clips.subjects, clips.species, clips.instruments, parts, clips.about,
    )  # fmt: skip
    with pytest.raises(InputError, match="ada is learnt from and judged"):
        split(mixed, ClipSplitRecipe(by="part"), 1)
