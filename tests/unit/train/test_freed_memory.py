"""Freed memory stays with the process that trains."""

import subprocess
import sys

FAULTS = """
import resource, sys
import numpy as np
from facewarden.train.freed_memory import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()

def step():
    np.ones(64 << 20, np.uint8)

step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    """Return how many pages were cleared for five steps of 64 MiB after the first."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_pages_are_not_cleared_anew() -> None:
    # numpy asks for huge pages where the system has them: 2 MiB at once, 32 for each step.
    assert faults("give back") > 100
    assert faults("keep") < 50
