"""Matching and average precision give what their slow twins give."""

import numpy as np
import pytest

from facewarden.evaluate.average_precision import Ranked, average_precision
from facewarden.evaluate.detection import HeightClass, Outcome, SeenImage, match
from reference import slow_detection

NAMES = {Outcome.HIT: "hit", Outcome.FALSE: "false", Outcome.IGNORED: "ignored"}


def crowded(seed: int) -> SeenImage:
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 60, (8, 2))
    truth = np.hstack([corner, corner + random.uniform(5, 40, (8, 2))])
    near = truth[random.integers(8, size=14)] + random.normal(0, 3, (14, 4))
    boxes = np.hstack([np.minimum(near[:, :2], near[:, 2:]), np.maximum(near[:, :2], near[:, 2:])])
    return SeenImage("", truth, random.random(8) < 0.2, boxes, random.random(14))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("height", [(0, 1e9), (10, 25), (20, 1e9)])
def test_match(seed: int, height: tuple[float, float]) -> None:
    seen = crowded(seed)
    told = slow_detection.outcomes(
        [tuple(box) for box in seen.truth],
        list(seen.ignored),
        [tuple(box) for box in seen.boxes],
        list(seen.confidence),
        *height,
    )
    matched = match(seen, HeightClass("", *height))
    assert [NAMES[Outcome(o)] for o in matched.outcome] == told
    assert np.isfinite(matched.found_at).sum() == told.count("hit")


@pytest.mark.parametrize("seed", range(60))
def test_average_precision(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 40))
    # Rounded, so that some are equal.
    confidence = -np.sort(-random.random(count).round(1))
    hit = random.random(count) < 0.6
    faces = int(hit.sum() + random.integers(0, 5))
    image = np.zeros(count, np.int64)
    fast = average_precision(Ranked(confidence, hit, image, np.array([faces])))
    slow = slow_detection.average_precision(list(confidence), list(hit), faces)
    assert fast == pytest.approx(slow, nan_ok=True)


@pytest.mark.parametrize("seed", range(10))
def test_a_weight_of_two_is_the_image_twice(seed: int) -> None:
    random = np.random.default_rng(seed)
    confidence, hit = -np.sort(-random.random(20)), random.random(20) < 0.5
    image, faces = random.integers(3, size=20), np.array([9, 12, 10])
    twice = np.flatnonzero(image == 1)
    order = np.argsort(-np.append(confidence, confidence[twice]), kind="stable")
    doubled = Ranked(
        np.append(confidence, confidence[twice])[order],
        np.append(hit, hit[twice])[order],
        np.append(image, np.full(len(twice), 3))[order],
        np.append(faces, faces[1]),
    )
    weighted = average_precision(Ranked(confidence, hit, image, faces), np.array([1.0, 2, 1]))
    assert weighted == pytest.approx(average_precision(doubled))
