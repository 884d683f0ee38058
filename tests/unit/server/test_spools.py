import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import StoreFull
from facewarden.server.problems import Unavailable
from facewarden.server.spools import Spool, Spools


def written(folder: Path, *pieces: bytes) -> Spool:
    spool = Spool(folder)
    for piece in pieces:
        spool.append(piece)
    return spool


@given(
    pieces=st.lists(st.binary(max_size=50), max_size=8),
    reads=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 100)), max_size=8),
)
def test_it_reads_like_a_file(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[bytes],
    reads: list[tuple[int, int]],
) -> None:
    twin = io.BytesIO(b"".join(pieces))
    with written(tmp_path_factory.getbasetemp(), *pieces) as spool:
        assert spool.length == len(twin.getvalue())
        for place, size in reads:
            assert spool.seek(place) == twin.seek(place)
            assert spool.read(size) == twin.read(size)
            assert spool.tell() == max(place, twin.tell())
        assert spool.seek(0, io.SEEK_END) == twin.seek(0, io.SEEK_END)
        assert spool.seek(0) == 0
        assert spool.readall() == twin.getvalue()


def test_a_zip_is_read_from_it(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", os.urandom(100_000))
        archive.writestr("b", b"b" * 100_000)
    with written(tmp_path, packed.getvalue()) as spool, zipfile.ZipFile(spool) as archive:
        assert archive.testzip() is None
        assert archive.read("b") == b"b" * 100_000


def test_it_has_no_name_and_says_nothing_on_the_disk(tmp_path: Path) -> None:
    secret = b"Jane Doe" * 1000
    with written(tmp_path, secret) as spool:
        assert list(tmp_path.iterdir()) == []
        on_disk = os.pread(spool._file.fileno(), len(secret), 0)
        assert len(on_disk) == len(secret)
        assert b"Jane" not in on_disk
        with written(tmp_path, secret) as other:
            assert os.pread(other._file.fileno(), len(secret), 0) != on_disk


def opener(folder: Path, **bounds: int) -> Callable[[int], Spool]:
    return Spools(folder, free_bytes=0, **bounds).open


def test_so_many_at_once_and_so_many_of_one(tmp_path: Path) -> None:
    take = opener(tmp_path, most=3, of_one=2)
    first, second = take(1), take(1)
    with pytest.raises(Unavailable):
        take(1)
    third = take(2)
    with pytest.raises(Unavailable):
        take(3)
    first.close()
    first.close()  # once is enough
    with pytest.raises(Unavailable):
        [take(1), take(3)]
    for spool in (second, third):
        spool.close()


def test_the_disk_is_not_filled(tmp_path: Path) -> None:
    with pytest.raises(StoreFull):
        Spools(tmp_path, free_bytes=1 << 62).open(1)
    with pytest.raises(StoreFull):
        Spools(tmp_path, free_bytes=0).open(1, expected=1 << 62)
