"""One track with full matrices, as in a textbook: the slow twin of track/kalman.py.

State: centre x, centre y, width, height and their velocities.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.track.kalman import Noise

Matrix = NDArray[np.float64]
OBSERVE: Matrix = np.hstack([np.eye(4), np.zeros((4, 4))])


@dataclass(frozen=True)
class State:
    mean: Matrix
    covariance: Matrix

    @property
    def scale(self) -> float:
        return max(float(self.mean[3]), 1.0)


def start(measured: Matrix, noise: Noise) -> State:
    scale = max(float(measured[3]), 1.0)
    deviation = [noise.measured] * 4 + [noise.speed] * 2 + [noise.side_speed] * 2
    return State(
        np.concatenate([measured, np.zeros(4)]), np.diag((np.array(deviation) * scale) ** 2)
    )


def predict(state: State, dt: float, noise: Noise) -> State:
    transition = np.eye(8)
    transition[:4, 4:] = dt * np.eye(4)
    density = np.diag(
        (np.array([noise.acceleration] * 2 + [noise.side_acceleration] * 2) * state.scale) ** 2
    )
    process = np.block(
        [[density * dt**3 / 3, density * dt**2 / 2], [density * dt**2 / 2, density * dt]]
    )
    mean = transition @ state.mean
    mean[2:4] = np.maximum(mean[2:4], 1.0)
    return State(mean, transition @ state.covariance @ transition.T + process)


def correct(state: State, measured: Matrix, noise: Noise) -> State:
    observed = (noise.measured * state.scale) ** 2 * np.eye(4)
    innovation = OBSERVE @ state.covariance @ OBSERVE.T + observed
    gain = state.covariance @ OBSERVE.T @ np.linalg.inv(innovation)
    return State(
        state.mean + gain @ (measured - OBSERVE @ state.mean),
        (np.eye(8) - gain @ OBSERVE) @ state.covariance,
    )
