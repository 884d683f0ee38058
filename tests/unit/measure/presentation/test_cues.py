"""Cues without a network: what they answer to, on faces that are drawn."""

from pathlib import Path

import numpy as np
import pytest

from facewarden.detect.yunet import YuNet
from facewarden.measure.presentation.cues import lbp
from facewarden.measure.presentation.cues.blink import Blink
from facewarden.measure.presentation.cues.difference import Difference
from facewarden.measure.presentation.shown_face import FaceFollower, ShownFace
from facewarden.train.presentation.cues.lbp_svm import LbpSvm
from phantom_clips import held, living, nobody, write_video


@pytest.fixture(scope="module")
def shown(detector: YuNet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ShownFace]:
    """Clips of two people who blink, prints of them, and a wall."""
    folder, follower = tmp_path_factory.mktemp("clips"), FaceFollower(detector)
    clips = {"living": living(1), "other": living(2), "held": held(1), "wall": nobody(8)}
    return {
        name: follower.follow(write_video(folder / f"{name}.mp4", pictures))
        for name, pictures in clips.items()
    }


def first(shown: ShownFace, frames: int) -> ShownFace:
    """Return the first frames of a clip."""
    return ShownFace(
        shown.pictures[:frames],
        shown.boxes[:frames],
        shown.landmarks[:frames],
        shown.places[:frames],
        shown.at_s[:frames],
        frames,
        0,
    )


@pytest.mark.parametrize("cue", [Blink(), Difference()])
def test_somebody_who_blinks_scores_above_a_print(
    shown: dict[str, ShownFace], cue: Blink | Difference
) -> None:
    scores = {name: cue.score(one) for name, one in shown.items()}
    assert min(scores["living"], scores["other"]) > scores["held"]
    assert np.isnan(scores["wall"])


def test_eyes_that_stay_open_are_no_blink(shown: dict[str, ShownFace]) -> None:
    assert Blink().score(first(shown["living"], 8)) < 0.3 < Blink().score(shown["living"])


@pytest.mark.parametrize(("cue", "frames"), [(Blink(), 7), (Difference(), 4)])
def test_too_few_frames_have_no_answer(
    shown: dict[str, ShownFace], cue: Blink | Difference, frames: int
) -> None:
    assert np.isnan(cue.score(first(shown["living"], frames)))
    assert np.isfinite(cue.score(first(shown["living"], frames + 1)))


def test_the_histograms_are_those_counted_pixel_by_pixel() -> None:
    """At radius 1 without the corners: neighbours on the grid, the corners between four pixels."""
    random = np.random.default_rng(5)
    channel = random.integers(0, 255, (9, 9), np.uint8)
    codes = lbp._codes(channel, 1)
    values = channel.astype(float)
    near = 1 / np.sqrt(2)
    for y in range(1, 8):
        for x in range(1, 8):
            expected = 0
            for bit in range(8):
                dx, dy = np.cos(2 * np.pi * bit / 8), -np.sin(2 * np.pi * bit / 8)
                if bit % 2 == 0:
                    value = values[y + round(dy), x + round(dx)]
                else:
                    sx, sy = int(np.sign(dx)), int(np.sign(dy))
                    value = (
                        (1 - near) ** 2 * values[y, x]
                        + near * (1 - near) * (values[y, x + sx] + values[y + sy, x])
                        + near**2 * values[y + sy, x + sx]
                    )
                if abs(value - values[y, x]) < 2:
                    continue  # OpenCV interpolates in steps of 1/32 of a pixel
                expected |= (value >= values[y, x]) << bit
                assert bool(codes[y - 1, x - 1] >> bit & 1) == (value >= values[y, x])


def test_uniform_patterns_have_a_bin_each_and_the_rest_share_one() -> None:
    labels = lbp._uniform_labels()
    assert sorted(set(labels.tolist())) == list(range(59))
    assert (labels == 58).sum() == 256 - 58
    assert labels[0b10101010] == 58
    assert labels[0] != labels[255] != 58


def test_lbp_tells_dots_from_skin(shown: dict[str, ShownFace]) -> None:
    svm = LbpSvm()
    rows = {name: svm.describe(one) for name, one in shown.items()}
    assert np.isnan(rows["wall"]).all()
    assert np.isclose((rows["held"] ** 2).sum(), 18, rtol=1e-4), "18 histograms, each of sum 1"
    jitter = np.random.default_rng(1).normal(0, 1e-3, (3, len(rows["held"])))
    known = np.concatenate([rows["living"] + jitter, rows["held"] + jitter]).astype(np.float32)
    attack = np.array([False] * 3 + [True] * 3)
    asked = np.stack([rows["other"], rows["held"]])
    bona_fide, print_ = svm.fit_and_score(known, attack, asked)
    assert bona_fide > 0 > print_
    assert len(svm.fit_and_score(known, attack, asked[:0])) == 0


def test_a_still_clip_has_a_finite_difference(shown: dict[str, ShownFace], tmp_path: Path) -> None:
    one = shown["held"]
    still = ShownFace(
        one.pictures[:1] * 6,
        np.repeat(one.boxes[:1], 6, axis=0),
        np.repeat(one.landmarks[:1], 6, axis=0),
        np.repeat(one.places[:1], 6, axis=0),
        np.arange(6, dtype=np.float64) * 0.08,
        6,
        0,
    )
    assert Difference().score(still) == pytest.approx(np.log(1e-3), abs=0.1)
