"""Probes beside the people they were named as."""

from collections.abc import Sequence

import numpy as np

from facewarden.evaluate.report import Picture
from facewarden.train.classify.experiment import Material, Outcome
from facewarden.train.data.prepared import Prepared
from facewarden.train.data.sheet import Cell, sheet

MOST = 12
REFERENCES = 2
"""Pictures that stand for a person."""
SIDE_PX = 96


def examples(prepared: Prepared, found: Material, best: Outcome) -> tuple[Picture, ...]:
    """Return a sheet of mistakes, where there are any, and one of right answers."""
    wrong = np.flatnonzero(best.test.truth != best.test.named)
    right = np.flatnonzero(best.test.truth == best.test.named)
    # One of each person, so that who has most probes does not fill the sheet.
    _, first = np.unique(best.test.truth[right], return_index=True)
    sheets = (
        ("Named wrongly", wrong[:MOST], "The probe, then pictures of whom it was named as."),
        ("Named rightly", right[first][:MOST], "The probe, then pictures that were trained on."),
    )
    return tuple(
        Picture(
            f"{title}, by {best.name}",
            sheet([_cell(prepared, found, best, place) for place in places], columns=4,
                  side_px=SIDE_PX),
            caption,
        )
        for title, places, caption in sheets
        if len(places)
    )  # fmt: skip


def _cell(prepared: Prepared, found: Material, best: Outcome, place: int) -> Cell:
    truth, named = int(best.test.truth[place]), int(best.test.named[place])
    trained: Sequence[int] = found.rows["train"][found.labels["train"] == named].tolist()
    rows = [int(found.rows["test"][place]), *trained[:REFERENCES]]
    lines = [f"is {found.subjects[truth]}"]
    if truth != named:
        lines.append(f"named {found.subjects[named]}")
    return Cell(tuple(prepared.images[row] for row in rows), tuple(lines))
