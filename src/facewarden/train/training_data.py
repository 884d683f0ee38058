"""The faces of a run: who is trained on, who is judged by, and the numbers of their classes."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.errors import InputError
from facewarden.train.data.prepared import Prepared


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Prepared faces under one split.

    Attributes:
        train, validation: rows of `prepared`, ascending.
        class_of: (n,) int64 for every row of `prepared` the class of its person, from 0; -1 for
            people who are not trained on.
        classes: how many people are trained on.
        targets: (n, d) for every row of `prepared` a teacher's unit embedding, zeros where nobody
            is trained on; None without a teacher.
    """

    prepared: Prepared
    split: str
    train: Int64
    validation: Int64
    class_of: Int64
    classes: int
    targets: Float32 | None = None

    @classmethod
    def of(cls, prepared: Prepared, split: str) -> "TrainingData":
        """Take the parts of a split.

        Raises:
            InputError: no such split, or fewer than two people to train on.
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
        return cls(
            prepared, split, parts["train"], parts["validation"],
            number[prepared.labels], len(people),
        )  # fmt: skip

    @property
    def closed(self) -> bool:
        """Whether everybody to be recognised in validation is trained on."""
        return bool(len(self.validation) and (self.class_of[self.validation] >= 0).all())

    @property
    def most_of_one(self) -> int:
        """How many training faces the person with most of them has."""
        return int(np.bincount(self.class_of[self.train]).max())
