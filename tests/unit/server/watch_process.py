"""A process that answers as a watch does: `watch_process.py SOCKET BEHAVIOUR`."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

from facewarden.cli.supervised import end_with_standard_input
from facewarden.errors import StoreUnreachable
from facewarden.pipeline.control import ControlServer


def main(path: Path, behaviour: str) -> int:
    """Behave until told to end; `behaviour` names what goes wrong."""
    stop = threading.Event()
    if behaviour == "refuses":
        print("rtsp://ada:hunter2@192.0.2.1/x is refused", file=sys.stderr)
        return 4
    if behaviour == "needs the store" and (path.parent / "away").exists():
        print("the database cannot be reached", file=sys.stderr)
        return StoreUnreachable.exit_code
    if behaviour == "deaf":
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        import signal

        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        end_with_standard_input(stop.set)
    answered = 0

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        nonlocal answered
        answered += 1
        if behaviour == "hangs" and answered > 1:
            time.sleep(60)
        import os

        state = "down" if behaviour == "flaps" and answered > 1 else "watching"
        camera = {"camera": "gate", "state": state, "problem": "", "asked": question["ask"]}
        return {"pid": os.getpid(), "deployment": 7, "cameras": [camera]}

    control = ControlServer(path, answer)
    control.start()
    if behaviour == "talks":
        for number in range(500):
            print(f"line {number} " + "x" * 2000, file=sys.stderr)
    if behaviour == "complains":
        print("2026-11-22 19:48:13 ERROR    a record was dropped: 5 % of all", file=sys.stderr)
        print("2026-11-22 19:48:14 INFO     camera gate: watching", file=sys.stderr)
        print("[h264] what a library says", file=sys.stderr)
    stop.wait()
    control.stop()
    print("seen: Alex Example")
    print("ended in order", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
