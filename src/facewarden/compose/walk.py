"""How a person crosses the picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from facewarden.compose.recipe import SceneRecipe

_STEPS_PER_S = 1.8
"""Two paces a second less a little: a stroll."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a face is: its centre and height in px, its roll and its turn in degrees."""

    x: float
    y: float
    face_px: float
    roll_deg: float
    turn_deg: float = 0.0

    def moved(self, dx_px: float, dy_px: float) -> "Pose":
        """Return the pose shifted, as when the camera trembles."""
        return replace(self, x=self.x + dx_px, y=self.y + dy_px)


@dataclass(frozen=True, slots=True)
class Walk:
    """One crossing from edge to edge, coming nearer or going away.

    Attributes:
        starts_s, lasts_s: when in the clip.
        from_x, to_x: centre of the face at the ends, px, outside of the picture.
        from_px, to_px: face height at the ends.
        eye_line_y: row at which a face infinitely far away would be, px.
        phase: of the gait, radians.
        roll_deg, turn_deg: how far the head rolls and turns to either side.
    """

    starts_s: float
    lasts_s: float
    from_x: float
    to_x: float
    from_px: float
    to_px: float
    eye_line_y: float
    phase: float
    roll_deg: float = 2.0
    turn_deg: float = 0.0

    def at(self, time_s: float) -> Pose | None:
        """Return the pose at a moment of the clip, None before and after the walk."""
        done = (time_s - self.starts_s) / self.lasts_s
        if not 0 <= done <= 1:
            return None
        # Geometric, between steady walking (1 / height changes evenly) and steady growing: the
        # middle sizes stay in view for longer.
        face_px = self.from_px * (self.to_px / self.from_px) ** done
        gait = 2 * np.pi * _STEPS_PER_S * time_s + self.phase
        return Pose(
            x=self.from_x + (self.to_x - self.from_x) * done + 0.03 * face_px * np.sin(gait / 2),
            # The camera hangs a little above the heads: who is near stands lower in the picture.
            y=self.eye_line_y + 1.1 * face_px + 0.03 * face_px * abs(np.sin(gait / 2)),
            face_px=face_px,
            roll_deg=self.roll_deg * np.sin(gait / 2 + 0.7),
            turn_deg=self.turn_deg * np.sin(gait / 3 + self.phase),
        )


def walks(count: int, recipe: SceneRecipe, random: np.random.Generator) -> Sequence[Walk]:
    """Spread `count` crossings over the clip, every second one against the others' direction.

    Two go away from the camera, then two come nearer, and so on: people meet at unlike and at
    like distances.
    """
    first_leftwards = bool(random.integers(2))
    first_away = bool(random.integers(2))
    between_s = (recipe.duration_s - recipe.crossing_s) / max(1, count - 1)
    margin = recipe.near_face_px
    planned = []
    for index in range(count):
        leftwards = first_leftwards ^ (index % 2 == 1)
        away = first_away ^ (index // 2 % 2 == 1)
        ends = (-margin, recipe.width_px + margin)
        sizes = (recipe.far_face_px, recipe.near_face_px)
        from_x, to_x = reversed(ends) if leftwards else ends
        from_px, to_px = reversed(sizes) if away else sizes
        planned.append(
            Walk(
                starts_s=index * between_s,
                lasts_s=recipe.crossing_s,
                from_x=from_x,
                to_x=to_x,
                from_px=from_px * random.uniform(1.0, 1.08),
                to_px=to_px * random.uniform(0.95, 1.0),
                eye_line_y=recipe.height_px * random.uniform(0.16, 0.19),
                phase=random.uniform(0, 2 * np.pi),
                roll_deg=recipe.roll_deg,
                turn_deg=recipe.turn_deg,
            )
        )
    return planned
