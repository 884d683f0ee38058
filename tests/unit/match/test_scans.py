import subprocess
import sys

import numpy as np
import pytest

from facewarden.data import Float32
from facewarden.match.faiss_scan import ByteScan, FourBitCodes
from facewarden.match.scan import Scan, WholeScan
from factories import unit_rows

DIMENSIONS = [2, 7, 16, 20, 128, 512]


def peaked(seed: int, n: int, d: int) -> Float32:
    """Unit vectors with a few large numbers: the worst for a step that all share."""
    rows = unit_rows(seed, n, d).copy()
    rows[::3, 0] *= 40
    unit: Float32 = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("vectors", [unit_rows, peaked], ids=["even", "peaked"])
@pytest.mark.parametrize("kind", ["whole", "bytes"])
def test_a_ceiling_is_never_below_the_similarity(d: int, vectors, kind: str) -> None:  # type: ignore[no-untyped-def]
    rows = vectors(1, 900, d)
    probes = np.concatenate([vectors(2, 20, d), rows[:20], -rows[:5]])
    scan: Scan = WholeScan(rows) if kind == "whole" else ByteScan(rows)
    assert scan.proven
    ceiling, place = scan.best(probes, len(rows))
    assert (np.sort(place, axis=1) == np.arange(len(rows))).all()
    truth = np.take_along_axis(probes.astype(np.float64) @ rows.T.astype(np.float64), place, axis=1)
    assert (ceiling >= truth).all()
    # and no wild overestimate: a useless bound would be true as well
    assert (ceiling - truth).max() < (0.2 if kind == "bytes" else 1e-3)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("n", [15, 16, 33, 700])
def test_four_bits_find_a_vector_by_itself(d: int, n: int) -> None:
    rows = unit_rows(1, n, d)
    scan = FourBitCodes(rows).scan(rows)
    assert not scan.proven
    _, place = scan.best(rows, n)
    assert ((place >= -1) & (place < n)).all()
    assert all(len(np.unique(found[found >= 0])) == (found >= 0).sum() for found in place)
    if d >= 128:
        assert (place[:, 0] == np.arange(n)).mean() > 0.99


def test_small_galleries_never_load_faiss() -> None:
    program = (
        "import sys, numpy as np\n"
        "from datetime import UTC, datetime\n"
        "from facewarden.data import GalleryEntry, Templates\n"
        "from facewarden.match.growth import fitting\n"
        "from facewarden.match.exact_gallery import ExactGallery\n"
        "rows = np.eye(16, dtype=np.float32)\n"
        "entries = [GalleryEntry(i, i, row) for i, row in enumerate(rows)]\n"
        "gallery = fitting(ExactGallery(entries, 'm'))\n"
        "gallery.search(Templates(rows, 'm'), 3, datetime.now(UTC))\n"
        "assert 'faiss' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
