"""Whose clips are learnt from, whose give the threshold, whose are judged: nobody in two parts."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Int64
from facewarden.errors import InputError
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipSplitRecipe


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows of prepared clips, ascending.

    Attributes:
        train: are learnt from.
        development: say when to stop, and give the threshold.
        test: are judged.
    """

    train: Int64
    development: Int64
    test: Int64


def split(clips: PreparedClips, recipe: ClipSplitRecipe, seed: int) -> Parts:
    """Divide clips by their people, or as their list says.

    Folds are of the people in an order drawn by the seed, so that the tests of all folds together
    judge everybody once.

    Args:
        seed: of the order; runs whose tests are to complete each other need the same.

    Raises:
        InputError: too few people, a species that there is not, or a part in which one of the
            kinds of presentation is missing.
    """
    attack, species = clips.attack, np.array(clips.species)
    unknown = sorted(set(recipe.leave_out) - set(clips.species))
    if unknown:
        raise InputError(
            f"there is no attack of the species {unknown[0]} to leave out",
            expected=", ".join(sorted(set(clips.species) - {""})),
        )
    parts = _as_listed(clips) if recipe.by == "part" else _folded(clips, recipe, seed)
    if recipe.leave_out:
        new = np.isin(species, recipe.leave_out)
        known, judged = ~new, new | ~attack
        parts = Parts(
            parts.train[known[parts.train]],
            parts.development[known[parts.development]],
            parts.test[judged[parts.test]],
        )
    for name in ("train", "development", "test"):
        rows = getattr(parts, name)
        attacks = int(attack[rows].sum())
        if not 0 < attacks < len(rows):
            missing = "attacks" if not attacks else "bona fide presentations"
            raise InputError(
                f"the part {name} of {clips.folder} has no {missing}",
                expected="both kinds in each part",
                found=f"{len(rows)} clips of {len(_people(clips, rows))} people",
                remedy="other split.folds or split.leave_out, or more clips",
            )
    return parts


def _folded(clips: PreparedClips, recipe: ClipSplitRecipe, seed: int) -> Parts:
    people = np.array(sorted(set(clips.subjects)))
    least = max(3, recipe.folds)
    if len(people) < least:
        raise InputError(
            f"the clips in {clips.folder} show too few people to be split",
            expected=f"at least {least}: some to learn from, some for the threshold, some to judge",
            found=str(len(people)),
        )
    shuffled = np.random.default_rng(seed).permutation(people)
    judged = shuffled[recipe.fold :: recipe.folds]
    others = np.roll(shuffled[~np.isin(shuffled, judged)], -recipe.fold)
    count = min(len(others) - 1, max(1, round(recipe.development * len(others))))
    subject = np.array(clips.subjects)

    def rows_of(who: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> Int64:
        return np.flatnonzero(np.isin(subject, who)).astype(np.int64)

    return Parts(rows_of(others[count:]), rows_of(others[:count]), rows_of(judged))


def _as_listed(clips: PreparedClips) -> Parts:
    part = np.array(clips.parts)
    train, development, test = (
        np.flatnonzero(part == name).astype(np.int64) for name in ("train", "development", "test")
    )
    found = Parts(train, development, test)
    both = set(_people(clips, train)) & set(_people(clips, test))
    if both:
        raise InputError(
            f"{sorted(both)[0]} is learnt from and judged",
            expected="nobody in the parts train and test",
            found=f"{len(both)} people in both",
        )
    return found


def _people(clips: PreparedClips, rows: Int64) -> tuple[str, ...]:
    return tuple(sorted({clips.subjects[row] for row in rows.tolist()}))
