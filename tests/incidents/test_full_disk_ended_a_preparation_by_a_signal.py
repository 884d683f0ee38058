"""`facewarden train prepare` filled a mapped file: on a full disk the process died of SIGBUS,
without a word, in place of saying that the disk is full.
"""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

STORE = """
import sys
from pathlib import Path
import numpy as np
from facewarden.train.data.journal import Entry
from facewarden.train.data.sources import Labelled
from facewarden.train.data.storing import store_faces
crops = np.full((60, 112, 112, 3), 7, np.uint8)  # 2.3 MB
try:
    store_faces(
        Path(sys.argv[1]), crops, np.arange(60), [Labelled("a", "a/1.jpg")] * 60,
        [Entry("", "", 1.0, (0.0,) * 10)] * 60,
    )
except OSError as error:
    sys.exit(error.errno)
"""


def test_a_full_disk_is_an_error_that_can_be_told(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        ended = subprocess.run([sys.executable, "-c", STORE, str(tmp_path)], check=False)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert ended.returncode == errno.ENOSPC
