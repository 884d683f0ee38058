import io
import zipfile

import pytest

from facewarden.data import SubjectDetails
from facewarden.errors import FacewardenError, InputError
from facewarden.server.archive import Archive

NOBODY = SubjectDetails("")


def packed(*files: tuple[str, bytes], mode: int = 0) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            archive.writestr(entry, data)
    return written.getvalue()


def opened(data: bytes) -> Archive:
    return Archive(io.BytesIO(data))


def names(data: bytes) -> list[tuple[str, str]]:
    found = opened(data).photographs(NOBODY)
    return [(one.label, one.details.name) for one in found]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["Jane_Doe_1.jpg"], ["Jane Doe"]),
        (["IMG_1200.jpg", "Jane.jpg"], ["", "Jane"]),
        (["Jane Doe/1.jpg", "Ben/x/2.PNG"], ["Ben", "Jane Doe"]),
        (["pack/Jane/1.jpg", "pack/Ben/2.jpg"], ["Ben", "Jane"]),
        (["Jane/1.jpg", "Jane/2.jpg"], ["Jane", "Jane"]),
        (["Jane/1.jpg", "Jane/notes.txt", ".DS_Store"], ["Jane"]),
    ],
)
def test_who_is_who(files: list[str], expected: list[str]) -> None:
    data = packed(*((name, b"x") for name in files))
    assert [name for _, name in names(data)] == expected


def test_a_table_says_who_is_who() -> None:
    table = b"file,name,category\nx/1.jpg,Jane,barred\n"
    (found,) = opened(packed(("who.csv", table), ("x/1.jpg", b"data"))).photographs(NOBODY)
    assert (found.label, found.details.name) == ("who.csv line 2", "Jane")
    assert str(found.path) == "x/1.jpg"


@pytest.mark.parametrize(
    "name",
    ["../x.jpg", "a/../../x.jpg", "/etc/x.jpg", "C:/x.jpg", "..\\x.jpg", "a\\b.jpg"],
)
def test_nothing_leads_outside(name: str) -> None:
    with pytest.raises(InputError, match="outside"):
        opened(packed(("fine/1.jpg", b"x"), (name, b"x")))


def test_links_are_refused() -> None:
    with pytest.raises(InputError, match="not a file"):
        opened(packed(("a.jpg", b"/etc/passwd"), mode=0o120777))


def test_a_bomb_is_refused() -> None:
    with pytest.raises(InputError, match="far more"):
        opened(packed(("a.jpg", bytes(50_000_000))))


def test_a_file_that_says_to_be_small_is_not_read_further() -> None:
    archive = opened(packed(("a.jpg", b"0123456789" * 100)))
    with pytest.raises(InputError, match="too large"):
        archive.read("a.jpg", most=100)


@pytest.mark.parametrize(
    "data",
    [b"", b"no zip", packed(("a.jpg", b"x"))[:-10], packed(("a.txt", b"x")), packed()],
)
def test_what_is_no_archive_of_photographs(data: bytes) -> None:
    with pytest.raises(FacewardenError):
        opened(data).photographs(NOBODY)


def test_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewarden.server.archive.MOST_FILES", 2)
    with pytest.raises(InputError, match="too many"):
        opened(packed(*((f"{number}.jpg", b"x") for number in range(3))))
