"""Real services on loopback."""

import subprocess
from pathlib import Path

import pytest

from conftest import absent

DEBIAN_PYTHON = Path("/usr/bin/python3")


@pytest.fixture(scope="session")
def rtsp_server_script() -> list[str]:
    """The command that starts tests/system/rtsp_server.py; add --port, --file and --cameras."""
    probe = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); "
        "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
        "assert all(Gst.ElementFactory.find(n) for n in ('rtph264pay', 'h264parse', 'qtdemux'))"
    )
    found = DEBIAN_PYTHON.exists() and not (
        subprocess.run([DEBIAN_PYTHON, "-c", probe], capture_output=True, check=False).returncode
    )
    if not found:
        absent(
            "no gst-rtsp-server (Debian: apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 "
            "gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)"
        )
    return [str(DEBIAN_PYTHON), str(Path(__file__).with_name("rtsp_server.py"))]
