"""Cases of detections worked out by hand."""

import numpy as np
import pytest

from facewarden.evaluate.detection import (
    HeightClass,
    SeenImage,
    height_classes,
    match,
    rates,
)
from facewarden.evaluate.detection_report import recall_by_height

ALL = HeightClass("all", 0)
FACE, OTHER, SMALL = (0, 0, 20, 40), (100, 100, 120, 140), (200, 0, 204, 8)
FAR = (300, 300, 330, 340)


def seen(
    truth: list[tuple[float, ...]],
    boxes: list[tuple[float, ...]],
    *,
    ignored: tuple[int, ...] = (),
    confidence: list[float] | None = None,
) -> SeenImage:
    marks = np.zeros(len(truth), np.bool_)
    marks[list(ignored)] = True
    return SeenImage(
        "picture.jpg",
        np.array(truth, np.float64).reshape(-1, 4),
        marks,
        np.array(boxes, np.float64).reshape(-1, 4),
        np.array(confidence or np.linspace(0.9, 0.7, len(boxes)), np.float64),
    )


CASES = {
    "found": (seen([FACE], [FACE]), ALL, "1"),
    "missed and invented": (seen([FACE], [FAR]), ALL, "0"),
    "second detection of a face": (seen([FACE], [FACE, FACE]), ALL, "10"),
    "just half": (seen([FACE], [(0, 0, 20, 20)]), ALL, "1"),
    "less than half": (seen([FACE], [(0, 0, 20, 19.9)]), ALL, "0"),
    "ignored face": (seen([FACE, OTHER], [FACE, OTHER], ignored=(0,)), ALL, "21"),
    "twice on an ignored face": (seen([FACE], [FACE, FACE], ignored=(0,)), ALL, "22"),
    "small within an ignored region": (
        seen([(0, 0, 400, 400)], [FACE, FAR], ignored=(0,)),
        ALL,
        "22",
    ),
    "face too small to count": (seen([SMALL], [SMALL]), HeightClass("", 10), "2"),
    "detection too small to hurt": (seen([], [SMALL]), HeightClass("", 10), "2"),
    "smaller box on a face that counts": (
        seen([(0, 0, 10, 10)], [(0, 0, 10, 9)]),
        HeightClass("", 10),
        "1",
    ),
    "no face, no detection": (seen([], []), ALL, ""),
    "the surer takes the face": (seen([FACE], [FACE, FACE], confidence=[0.3, 0.8]), ALL, "01"),
}


@pytest.mark.parametrize("case", CASES)
def test_match(case: str) -> None:
    image, height, told = CASES[case]
    assert "".join(str(int(o)) for o in match(image, height).outcome) == told


def test_rates() -> None:
    images = [
        seen([FACE, OTHER], [FACE, FAR], confidence=[0.9, 0.8]),
        seen([FACE], [(0, 0, 20, 30)], confidence=[0.5]),
        seen([], [FAR], confidence=[0.2]),
    ]
    found = rates(images, ALL, min_confidence=0.6)
    assert found.faces == 3
    assert found.precision.value == pytest.approx(1 / 2)
    assert found.recall.value == pytest.approx(1 / 3)
    assert found.mean_iou.value == 1
    assert found.per_image.value == pytest.approx(1 / 3)
    # Recall 1/3 at precision 1, 2/3 at 2/3.
    assert found.average_precision.value == pytest.approx(1 / 3 + 2 / 9)
    assert found.recall.low <= found.recall.value <= found.recall.high
    assert found.recall.count == 3


def test_no_face_of_a_height_gives_no_figure() -> None:
    found = rates([seen([SMALL], []), seen([SMALL], [])], HeightClass("", 80), min_confidence=0.6)
    assert found.faces == 0
    assert np.isnan(found.recall.value)
    assert np.isnan(found.average_precision.value)


def test_no_detection_at_all_is_recall_zero() -> None:
    found = rates([seen([FACE], []), seen([FACE], [])], ALL, min_confidence=0.6)
    assert found.recall.value == 0
    assert found.average_precision.value == 0
    assert np.isnan(found.precision.value)


@pytest.mark.parametrize(
    ("least", "names"),
    [
        (10, [">= 10 px", ">= 20 px", ">= 40 px", "10 to 20 px", "20 to 40 px", "40 to 80 px"]),
        (20, [">= 20 px", ">= 40 px", "20 to 40 px", "40 to 80 px"]),
        (25, [">= 25 px", ">= 40 px", "40 to 80 px"]),
    ],
)
def test_height_classes(least: float, names: list[str]) -> None:
    assert [one.name for one in height_classes(least)] == [*names, ">= 80 px"]


def test_four_images_without_an_error_show_no_more_than_four_can() -> None:
    images = [*[seen([FACE, OTHER, FAR], [FACE, OTHER, FAR])] * 4, seen([], [])]
    found = rates(images, ALL, min_confidence=0.6)
    for share in (found.precision, found.recall, found.average_precision):
        assert (share.value, share.low) == pytest.approx((1, 1 - 3 / 4))
    assert (found.per_image.value, found.per_image.high) == pytest.approx((0, 3 / 5))
    recall, _ = recall_by_height(images, ALL, 0.6)
    assert next(one for one in recall if one.value == 1).low == pytest.approx(1 - 3 / 4)


def test_one_false_detection_in_every_image_is_no_share() -> None:
    found = rates([seen([FACE], [FACE, FAR])] * 4, ALL, min_confidence=0.6)
    assert (found.per_image.value, found.per_image.note) == (1, "")
