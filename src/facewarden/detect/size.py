"""How large a picture the detector has to see, from the smallest face that matters."""

GRID_PX = 32
"""YuNet's coarsest stride: between multiples a picture is padded, and costs the same."""
NEEDED_PX = 32
"""Height of a face as the detector sees it. YuNet on faces of lfw-dev brought to 40 px and scaled
down further (154 images, 2026-11-22, `scripts/bench detect_size`): share found at confidence 0.6,
and mean cosine of the template to the one with the best landmarks:

    height px   12    13    14    16    18    20    24    32    40
    found       0.12  0.27  0.49  0.55  0.82  0.89  0.95  0.99  1.00
    cosine      0.44  0.50  0.53  0.69  0.80  0.81  0.88  0.93  0.95

From 32 px on more costs much and brings little."""
LEAST_PX = 320
AFFORDABLE_PX, AFFORDABLE_SHARE = 640, 1 / 3
"""Beyond both of these, px and of the picture's longer side, detection would take more than its
part of the budget beside decoding, which grows with the picture as well."""


def detect_size_px(longer_px: int, min_face_px: float) -> int:
    """Return the longer side that a picture is to be scaled down to; at most its own.

    Args:
        longer_px: longer side of the picture, or of the part of it that is searched.
        min_face_px: height of the smallest face that matters, px of the picture.

    Returns:
        where possible so many px that such a face is NEEDED_PX high, rounded up to the grid; at
        least 320, at most 640 or a third of the picture, whichever is more.
    """
    wanted = longer_px * NEEDED_PX / max(min_face_px, 1.0)
    affordable = max(AFFORDABLE_PX, longer_px * AFFORDABLE_SHARE)
    rounded = int(-(-min(max(wanted, LEAST_PX), affordable) // GRID_PX)) * GRID_PX
    return min(rounded, longer_px)
