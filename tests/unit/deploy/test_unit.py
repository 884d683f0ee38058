"""The systemd unit and its drop-ins."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "deploy/facewarden.service"


def settings(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if line and line[0] not in "#[":
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("User", "facewarden"),
        ("ExecStart", "/opt/facewarden/bin/facewarden serve"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("AmbientCapabilities", ""),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("RestrictNamespaces", "yes"),
        ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"),
        ("SystemCallArchitectures", "native"),
        ("LimitCORE", "0"),
        ("UMask", "0077"),
        ("Restart", "always"),
    ],
)
def test_it_confines(name: str, value: str) -> None:
    assert settings(UNIT)[name] == [value]


def test_what_it_needs_is_not_taken_away() -> None:
    # The worker that decodes uploads limits itself by setrlimit; OpenVINO generates code.
    told = settings(UNIT)
    assert told["SystemCallFilter"][0] == "@system-service"
    assert {"setrlimit", "prlimit64"} <= set(told["SystemCallFilter"][-1].split())
    assert "MemoryDenyWriteExecute" not in told
    camera = settings(ROOT / "deploy/drop-ins/local-camera.conf")
    assert camera["DeviceAllow"] == ["char-video4linux rw"]
    assert camera["PrivateDevices"] == ["no"]


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze (Debian: systemd)"
)
def test_systemd_knows_every_word(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    # The program is not installed where the tests run.
    copy.write_text(UNIT.read_text().replace("/opt/facewarden/bin/facewarden", "/bin/true"))
    dropins = tmp_path / f"{UNIT.name}.d"
    shutil.copytree(ROOT / "deploy/drop-ins", dropins)
    done = subprocess.run(
        ["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False
    )
    assert UNIT.name not in done.stderr
    assert (done.returncode, done.stdout) == (0, "")
