"""An error of a watch was logged by the server as information, and so not at all; in a journal its
line was broken at 80 columns.
"""

import logging
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from facewarden.server.supervisor import Supervisor
from system.processes import COMMAND, environment

PROCESS = Path(__file__).parents[1] / "unit" / "server" / "watch_process.py"


def test_it_is_as_loud_in_the_log_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    # Not tmp_path: the path of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        supervisor = Supervisor(
            lambda: [7],
            lambda _: [sys.executable, str(PROCESS), str(place / "7.socket"), "complains"],
            control=lambda one: place / f"{one}.socket",
            live=lambda one: place / f"{one}.live",
            happened=lambda _: None,
        )
        supervisor.start()
        ends_s = time.monotonic() + 30
        said: dict[str, int] = {}
        while len(said) < 3 and time.monotonic() < ends_s:
            time.sleep(0.05)
            said = {
                record.getMessage().removeprefix("deployment 7: "): record.levelno
                for record in caplog.records
                if record.name == "facewarden.server.watch"
            }
        supervisor.stop()
    assert said["a record was dropped: 5 % of all"] == logging.ERROR
    assert said["camera gate: watching"] == logging.INFO
    assert said["[h264] what a library says"] == logging.INFO


def test_a_record_is_one_line_with_its_date(tmp_path: Path) -> None:
    missing = "gate-" + "x" * 50
    settings = tmp_path / "facewarden.yaml"
    settings.write_text(f"cameras: [{{id: {missing}, source: {tmp_path}/{'y' * 90}.mp4}}]\n")
    ours = environment(tmp_path / "home")
    del ours["COLUMNS"]
    watch = subprocess.Popen(
        [*COMMAND, "--verbose", "watch", "--config", str(settings)],
        env=ours, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert watch.stderr is not None
    try:
        record = next(line for line in watch.stderr if "camera gate" in line)
    finally:
        watch.kill()
        watch.wait()
        watch.stderr.close()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (ERROR|WARNING) +\S", record), record
    assert missing in record, record
    assert "y" * 90 in record
