"""pip is driven so that nothing it downloads is run."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from facewarden.demo.source_distribution import SourceDistribution, download
from facewarden.errors import InputError

SETUP = "from pathlib import Path; Path({marker!r}).touch()\nfrom setuptools import setup; setup()"
PYPROJECT = """
[build-system]
requires = ["setuptools>=77", "wheel"]
build-backend = "setuptools.build_meta"
[project]
name = "spy"
version = "1.0"
"""


def offered(links: Path, marker: Path) -> str:
    """Make an index of one source distribution that leaves a mark when it is run."""
    links.mkdir()
    archive = links / "spy-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        files = {"setup.py": SETUP.format(marker=str(marker)), "pyproject.toml": PYPROJECT}
        for name, text in files.items():
            member = tarfile.TarInfo(f"spy-1.0/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(archive.read_bytes()).hexdigest()


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    return tmp_path / "links"


def test_the_archive_is_downloaded_and_not_run(links: Path, tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    sha256 = offered(links, marker)
    archive = download(SourceDistribution("spy", "1.0", sha256), tmp_path / "out")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == sha256
    assert not marker.exists()


def test_another_hash_is_refused_and_not_run(links: Path, tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    offered(links, marker)
    with pytest.raises(InputError, match="another hash"):
        download(SourceDistribution("spy", "1.0", "0" * 64), tmp_path / "out")
    assert not marker.exists()
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_version_is_refused_in_one_line(links: Path, tmp_path: Path) -> None:
    sha256 = offered(links, tmp_path / "was-run")
    with pytest.raises(InputError, match=r"could not download spy 2\.0") as caught:
        download(SourceDistribution("spy", "2.0", sha256), tmp_path / "out")
    assert "\n" not in str(caught.value)
