"""A Kalman filter of constant velocity for all tracks at once.

Centre x, centre y, width and height of a box are taken as independent of each other, so that the
8x8 covariance of a track falls into four symmetric 2x2 blocks: three columns per axis. Kalman,
A New Approach to Linear Filtering and Prediction Problems (1960); the process noise is that of
white acceleration, Bar-Shalom, Li and Kirubarajan, Estimation with Applications to Tracking and
Navigation (2001), 6.2.2. tests/reference/kalman.py does the same with full matrices.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Noise:
    """How far boxes stray, in units of face height; each for the centre and for the sides.

    A face is about 0.23 m high, people walk at 1.4 m/s and run at 2.8 m/s: six and twelve face
    heights a second, two and four deviations of `speed`. The rest was chosen on 2026-11-22 on the
    shared street recording, cut into 34 pieces of tracks by plain overlap at 25 pictures a second:
    tracks that held two people who were in view together, at 25, 10 and 5 pictures a second
    (faces above 0.6): 0, 1, 0 of 16, 14, 13 with `acceleration` 2; 1, 2, 4 with `speed` and
    `acceleration` 4. `speed` from 2 to 3.5 made no difference. Boxes of the person clips jitter by
    0.001 to 0.04, less than `measured`, which also stands for bends of the path.

    Attributes:
        measured: standard deviation of a detector's box.
        speed, side_speed: standard deviation of the velocity of a new track, 1/s.
        acceleration, side_acceleration: square root of the density of acceleration, 1/s^1.5.
    """

    measured: float = 0.06
    speed: float = 3.0
    side_speed: float = 0.5
    acceleration: float = 2.0
    side_acceleration: float = 0.5

    def per_axis(self, centre: float, side: float) -> Float64:
        """Return the (4,) values for centre x, centre y, width, height."""
        return np.array([centre, centre, side, side])


@dataclass(frozen=True, slots=True)
class Motion:
    """What is believed of t tracks.

    Attributes:
        place: (t, 4) centre x, centre y, width, height; px.
        velocity: (t, 4) of these; px/s.
        covariance: (t, 4, 3) variance of the place, covariance of both, variance of velocity.
    """

    place: Float64
    velocity: Float64
    covariance: Float64

    @classmethod
    def empty(cls) -> Self:
        """No track."""
        return cls(np.zeros((0, 4)), np.zeros((0, 4)), np.zeros((0, 4, 3)))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def scale_px(self) -> Float64:
        """(t, 1) height, at least 1 px: the unit of all noise."""
        return np.maximum(self.place[:, 3:4], 1.0)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Motion":
        """Return the chosen tracks."""
        return Motion(self.place[rows], self.velocity[rows], self.covariance[rows])

    def joined(self, other: "Motion") -> "Motion":
        """Return these tracks and then the others."""
        return Motion(
            np.concatenate([self.place, other.place]),
            np.concatenate([self.velocity, other.velocity]),
            np.concatenate([self.covariance, other.covariance]),
        )


def start(measured: Float64, noise: Noise) -> Motion:
    """Begin tracks at (n, 4) measured places, at rest but not surely so."""
    scale = np.maximum(measured[:, 3:4], 1.0)
    covariance = np.zeros((len(measured), 4, 3))
    covariance[..., 0] = (noise.measured * scale) ** 2
    covariance[..., 2] = (noise.per_axis(noise.speed, noise.side_speed) * scale) ** 2
    return Motion(measured.astype(np.float64), np.zeros((len(measured), 4)), covariance)


def predict(motion: Motion, elapsed_s: float, noise: Noise) -> Motion:
    """Move every track on by `elapsed_s` >= 0; believed sides stay at least 1 px long."""
    place_var, both, speed_var = np.moveaxis(motion.covariance, 2, 0)
    density = (noise.per_axis(noise.acceleration, noise.side_acceleration) * motion.scale_px) ** 2
    covariance = np.stack(
        [
            place_var
            + 2 * elapsed_s * both
            + elapsed_s**2 * speed_var
            + density * elapsed_s**3 / 3,
            both + elapsed_s * speed_var + density * elapsed_s**2 / 2,
            speed_var + density * elapsed_s,
        ],
        axis=2,
    )
    place = motion.place + elapsed_s * motion.velocity
    place[:, 2:] = np.maximum(place[:, 2:], 1.0)
    return Motion(place, motion.velocity, covariance)


def spread(motion: Motion, noise: Noise) -> Float64:
    """Return the (t, 4) variance, px^2, of where each track would be measured now."""
    expected: Float64 = motion.covariance[..., 0] + (noise.measured * motion.scale_px) ** 2
    return expected


def correct(motion: Motion, measured: Float64, noise: Noise) -> Motion:
    """Combine t tracks with the (t, 4) places measured for them."""
    variance = spread(motion, noise)
    place_var, both, speed_var = np.moveaxis(motion.covariance, 2, 0)
    place_gain, speed_gain = place_var / variance, both / variance
    surprise = measured - motion.place
    covariance = np.stack(
        [(1 - place_gain) * place_var, (1 - place_gain) * both, speed_var - speed_gain * both],
        axis=2,
    )
    return Motion(
        motion.place + place_gain * surprise, motion.velocity + speed_gain * surprise, covariance
    )
