"""The faces of a run: who is trained on, who is judged by, and the numbers of their classes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.errors import InputError
from facewarden.train.data.looks import FOLDER, Looks
from facewarden.train.data.prepared import Prepared


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Prepared faces under one split.

    Attributes:
        train, validation: rows, ascending: those of `prepared`, and from n on those of `looks`.
        class_of: (n + m,) int64 for every row the class of its person, from 0; -1 for people who
            are not trained on.
        classes: how many people are trained on.
        looks: m poor looks at prepared faces; None where they are not trained on.
        targets: (n + m, d) for every row a teacher's unit embedding of its prepared face, zeros
            where nobody is trained on; None without a teacher.
    """

    prepared: Prepared
    split: str
    train: Int64
    validation: Int64
    class_of: Int64
    classes: int
    looks: Looks | None = None
    targets: Float32 | None = None

    @classmethod
    def of(cls, prepared: Prepared, split: str, *, footage: bool = False) -> "TrainingData":
        """Take the parts of a split.

        Args:
            footage: the looks that lie beside the faces are trained on, too.

        Raises:
            InputError: no such split, fewer than two people to train on, or no footage of them.
        """
        parts = prepared.split(split)
        people = np.unique(prepared.labels[parts["train"]])
        if len(people) < 2:
            raise InputError(
                f"the split {split} cannot be trained on",
                expected="faces of at least two people",
                found=f"{len(parts['train'])} of {len(people)}",
                remedy="prepare more people, or another split",
            )
        number = np.full(len(prepared.subjects), -1, np.int64)
        number[people] = np.arange(len(people))
        class_of, train = number[prepared.labels], parts["train"]
        looks = Looks.open(prepared) if footage else None
        if looks is not None:
            taken = np.flatnonzero(np.isin(looks.row_of, train)) + len(prepared)
            if not len(taken):
                raise InputError(
                    f"there is no footage of those whom the split {split} trains on",
                    remedy=f"remove {prepared.folder / FOLDER}, then facewarden train footage "
                    f"--split {split}",
                )
            class_of = np.concatenate([class_of, class_of[looks.row_of]])
            train = np.concatenate([train, taken])
        return cls(prepared, split, train, parts["validation"], class_of, len(people), looks)

    @property
    def photographs(self) -> Int64:
        """The rows of `train` that are prepared faces, not looks."""
        return self.train[self.train < len(self.prepared)]

    def image(self, row: int) -> NDArray[np.uint8]:
        """Return the face of a row, (S, S, 3) uint8 RGB."""
        beyond = row - len(self.prepared)
        if self.looks is None or beyond < 0:
            return np.asarray(self.prepared.images[row], np.uint8)
        return np.asarray(self.looks.images[beyond], np.uint8)

    def landmarks(self, rows: Int64) -> Float32:
        """Return the (b, 5, 2) landmarks of rows, px of the crop."""
        if self.looks is None:
            return self.prepared.landmarks[rows]
        of_looks = rows >= len(self.prepared)
        found = self.prepared.landmarks[np.where(of_looks, 0, rows)]
        found[of_looks] = self.looks.landmarks[rows[of_looks] - len(self.prepared)]
        return found

    @property
    def closed(self) -> bool:
        """Whether everybody to be recognised in validation is trained on."""
        return bool(len(self.validation) and (self.class_of[self.validation] >= 0).all())

    @property
    def most_of_one(self) -> int:
        """How many training faces the person with most of them has."""
        return int(np.bincount(self.class_of[self.train]).max())
