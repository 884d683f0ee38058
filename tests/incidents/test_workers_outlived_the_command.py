"""A command that was killed left its workers behind, who waited for work for ever."""

import signal
import subprocess
import sys

import psutil

SHARED_WORK = """
import os, time
from facewarden.worker_pool import worker_pool

if __name__ == "__main__":
    with worker_pool(2) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        for _ in range(4):
            pool.submit(time.sleep, 600)
        time.sleep(600)
"""


def test_they_end_with_it() -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", SHARED_WORK], stdout=subprocess.PIPE, text=True
    )
    assert command.stdout is not None
    with command:
        one = int(command.stdout.readline())
        workers = psutil.Process(command.pid).children(recursive=True)
        assert one in {worker.pid for worker in workers}
        command.send_signal(signal.SIGKILL)
    _, left = psutil.wait_procs(workers, timeout=20)
    for worker in left:
        worker.kill()
    assert not left
