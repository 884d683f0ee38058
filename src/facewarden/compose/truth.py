"""Who is where in which frame of a composed scene."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np

from facewarden.compose.recipe import SceneRecipe
from facewarden.data import Float32, Int64
from facewarden.data.arrays import require_shape


@dataclass(frozen=True, slots=True)
class Truth:
    """The faces of a scene, as columns of m rows, by frame.

    Attributes:
        recipe: what the scene was made by.
        people: names, in the order of the actors.
        frame: (m,) int64, counted from 0.
        person: (m,) int64, index into `people`.
        boxes: (m, 4) float32 x1 y1 x2 y2 px; may reach over the edge of the picture.
        visible: (m,) float32 in [0, 1], the share of the box inside the picture and not covered
            by somebody nearer.

    Raises:
        DataError: columns of different length.
    """

    recipe: SceneRecipe
    people: tuple[str, ...]
    frame: Int64
    person: Int64
    boxes: Float32
    visible: Float32

    def __post_init__(self) -> None:
        m = len(self.frame)
        require_shape("Truth.frame", self.frame, (m,), np.int64)
        require_shape("Truth.person", self.person, (m,), np.int64)
        require_shape("Truth.boxes", self.boxes, (m, 4), np.float32)
        require_shape("Truth.visible", self.visible, (m,), np.float32)

    def write(self, path: Path) -> None:
        """Write the truth as JSON; `faces` has frame, person, x1, y1, x2, y2, visible."""
        faces = [
            [
                int(frame),
                int(person),
                *(round(float(side), 1) for side in box),
                round(float(seen), 3),
            ]
            for frame, person, box, seen in zip(
                self.frame, self.person, self.boxes, self.visible, strict=True
            )
        ]
        plain = {"recipe": asdict(self.recipe), "people": self.people, "faces": faces}
        path.write_text(json.dumps(plain), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        plain = json.loads(path.read_text(encoding="utf-8"))
        faces = np.array(plain["faces"], np.float64).reshape(-1, 7)
        return cls(
            recipe=SceneRecipe(**plain["recipe"]),
            people=tuple(plain["people"]),
            frame=faces[:, 0].astype(np.int64),
            person=faces[:, 1].astype(np.int64),
            boxes=faces[:, 2:6].astype(np.float32),
            visible=faces[:, 6].astype(np.float32),
        )
