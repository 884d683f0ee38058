import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from facewarden.errors import StoreBusy, StoreError
from facewarden.store.writer_lock import WriterLock

HOLD = """
import sys, time
from pathlib import Path
from facewarden.store.writer_lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_second_watcher_is_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "watch.lock"
    with WriterLock(path):
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(StoreBusy, match=f"process {os.getpid()}"):
            WriterLock(path)
    lock = WriterLock(path)
    lock.release()
    lock.release()
    assert path.read_text() == ""


def test_kernel_frees_it_when_the_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "watch.lock"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    with pytest.raises(StoreBusy, match=f"process {child.pid}"):
        WriterLock(path)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with WriterLock(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_place_that_cannot_hold_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made"):
        WriterLock(tmp_path)
