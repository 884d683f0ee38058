"""A server that only supervises: `supervising_process.py FOLDER`; prints the pid of its child."""

import sys
import time
from pathlib import Path

from facewarden.server.supervisor import Supervisor

folder = Path(sys.argv[1])
script = Path(__file__).with_name("watch_process.py")
supervisor = Supervisor(
    lambda: [7],
    lambda _: [sys.executable, str(script), str(folder / "7.socket"), "well"],
    control=lambda one: folder / f"{one}.socket",
    live=lambda one: folder / f"{one}.live",
)
supervisor.start()
while not any(one.cameras for one in supervisor.status()):
    time.sleep(0.05)
print(supervisor.status()[0].pid, flush=True)
time.sleep(60)
