"""Where core dumps are allowed, a crash of an engine or decoder wrote all of memory to the disk.

In it are the pictures and templates of everybody in view, and the key.
"""

import resource
import subprocess
import sys

import pytest

RUN = """
import resource
import facewarden.cli.main as main
main.app = lambda: print(resource.getrlimit(resource.RLIMIT_CORE)[0])
main.run()
"""


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, reason="core dumps are forbidden here anyway"
)
def test_no_command_dumps_core() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "0"
