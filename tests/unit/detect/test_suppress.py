import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facewarden.detect.suppress import suppress
from facewarden.geometry.boxes import overlap_of_smaller
from reference import slow_yunet

coordinate = st.integers(0, 60)
box = st.tuples(coordinate, coordinate, st.integers(0, 40), st.integers(0, 40))


@given(
    st.lists(st.tuples(box, st.integers(0, 5)), max_size=20),
    st.sampled_from([0.0, 0.3, 0.5, 0.9]),
)
def test_agrees_with_its_twin(rows: list[tuple[tuple[int, ...], int]], overlap: float) -> None:
    boxes = np.array([(x, y, x + w, y + h) for (x, y, w, h), _ in rows], np.float32).reshape(-1, 4)
    confidence = np.array([score / 5 for _, score in rows], np.float32)
    kept = suppress(boxes, confidence, max_overlap=overlap)
    assert kept.tolist() == slow_yunet.suppress(boxes.tolist(), confidence.tolist(), overlap)


def test_a_box_within_another() -> None:
    boxes = np.array([[0, 0, 100, 100], [40, 40, 60, 60]], np.float32)
    confidence = np.array([0.5, 0.9], np.float32)
    assert suppress(boxes, confidence, max_overlap=0.7).tolist() == [1, 0]
    kept = suppress(boxes, confidence, max_overlap=0.7, overlap=overlap_of_smaller)
    assert kept.tolist() == [1]
