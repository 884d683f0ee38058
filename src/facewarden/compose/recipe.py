"""What a composed scene is made by."""

from dataclasses import dataclass

from facewarden.errors import DataError

LARGEST_FACE_PX = 240
"""Height of the face in the largest copy of a cut-out."""


@dataclass(frozen=True, slots=True)
class SceneRecipe:
    """All that decides a scene, apart from its actors; the same recipe gives the same clip.

    The defaults are choices for the demonstration: people pass a camera over an entrance, in good
    light, in focus.

    Attributes:
        seed: of everything random.
        crossing_s: how long one person takes from edge to edge.
        near_face_px, far_face_px: face height at the near and the far end of a walk.
        shutter_s: exposure of a frame; what moves is blurred by as much.
        noise: standard deviation of the sensor's noise, grey levels.
        swing: how far the light goes up and down, as a share.
        quality: x264's constant rate factor, 0 (lossless) to 51.
        light: share of full light, see `darkness.py`; below 1, its noise takes the place of
            `noise`.
        defocus_px: standard deviation of the lens's blur.
        downscale: the camera has so many times fewer pixels a side; the picture keeps its size.
        roll_deg: how far heads roll to either side.
        turn_deg: how far heads turn to either side. A photograph gives the narrowing only: no
            other side of the head appears, and nothing hides behind the nose.

    Raises:
        DataError: values that give no scene.
    """

    seed: int = 1
    duration_s: float = 24.0
    fps: int = 25
    width_px: int = 1280
    height_px: int = 720
    crossing_s: float = 9.0
    near_face_px: float = 220.0
    far_face_px: float = 60.0
    shutter_s: float = 0.02
    noise: float = 3.0
    swing: float = 0.15
    quality: int = 23
    light: float = 1.0
    defocus_px: float = 0.0
    downscale: float = 1.0
    roll_deg: float = 2.0
    turn_deg: float = 0.0

    def __post_init__(self) -> None:
        sensible = {
            "duration_s": self.crossing_s <= self.duration_s <= 600,
            "crossing_s": self.crossing_s > 0,
            "fps": 1 <= self.fps <= 120,
            "width_px": 64 <= self.width_px <= 4096 and self.width_px % 2 == 0,
            "height_px": 64 <= self.height_px <= 4096 and self.height_px % 2 == 0,
            "far_face_px": 1 <= self.far_face_px <= self.near_face_px,
            "near_face_px": self.near_face_px <= LARGEST_FACE_PX,
            "shutter_s": 0 <= self.shutter_s <= 1 / self.fps,
            "noise": 0 <= self.noise <= 64,
            "swing": 0 <= self.swing < 1,
            "quality": 0 <= self.quality <= 51,
            "light": 1e-4 <= self.light <= 1,
            "defocus_px": 0 <= self.defocus_px <= 50,
            "downscale": 1 <= self.downscale <= 32,
            "roll_deg": 0 <= self.roll_deg <= 90,
            "turn_deg": 0 <= self.turn_deg <= 60,
        }
        for name, fits in sensible.items():
            if not fits:
                raise DataError(
                    f"SceneRecipe.{name} gives no scene", found=str(getattr(self, name))
                )

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return round(self.duration_s * self.fps)
