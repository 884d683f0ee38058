"""A sealed file gives back what was written, or nothing at all."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.errors import KeyRefused, StoreError
from facewarden.store.sealed_file import CHUNK, RecoveryKey, SealedReader, SealedWriter

SECRET = RecoveryKey(bytes(range(32)))
CONTENT = bytes(range(256)) * (3 * CHUNK // 256)
# Lengths at and around the borders of chunks, where a mistake would be.
lengths = st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK]) | st.integers(
    0, len(CONTENT)
)


def sealed(length: int, cuts: list[int]) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, SECRET)
    places = [0, *sorted(cut for cut in cuts if cut < length), length]
    for start, end in pairwise(places):
        writer.write(CONTENT[start:end])
    writer.finish()
    return out.getvalue()


def opened(raw: bytes, length: int) -> bytes:
    reader = SealedReader(io.BytesIO(raw), SECRET)
    content = reader.read(length)
    reader.finish()
    return content


@settings(deadline=None, max_examples=40)
@given(length=lengths, cuts=st.lists(lengths, max_size=5), reads=st.lists(lengths, max_size=5))
def test_what_was_written_comes_back(length: int, cuts: list[int], reads: list[int]) -> None:
    reader = SealedReader(io.BytesIO(sealed(length, cuts)), SECRET)
    places = [0, *sorted(one for one in reads if one < length), length]
    assert [reader.read(end - start) for start, end in pairwise(places)] == [
        CONTENT[start:end] for start, end in pairwise(places)
    ]
    reader.finish()


@settings(deadline=None, max_examples=60)
@given(length=lengths, place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(length: int, place: float, bit: int) -> None:
    raw = bytearray(sealed(length, []))
    raw[int(place * len(raw))] ^= 1 << bit
    with pytest.raises((StoreError, KeyRefused)):
        opened(bytes(raw), length)


@settings(deadline=None, max_examples=60)
@given(length=lengths, kept=st.floats(0, 1, exclude_max=True))
def test_nothing_can_be_cut_off(length: int, kept: float) -> None:
    raw = sealed(length, [])
    with pytest.raises((StoreError, KeyRefused)):
        opened(raw[: int(kept * len(raw))], length)


@pytest.mark.parametrize("length", [0, 5, CHUNK, 2 * CHUNK])
def test_reading_past_the_end_or_not_to_it_is_refused(length: int) -> None:
    raw = sealed(length, [])
    with pytest.raises(StoreError, match="ends too early"):
        opened(raw, length + 1)
    if length:
        with pytest.raises(StoreError, match="more behind its end"):
            opened(raw, length - 1)


def test_two_files_of_the_same_have_nothing_in_common() -> None:
    one, two = sealed(CHUNK, []), sealed(CHUNK, [])
    assert one[-CHUNK:] != two[-CHUNK:]
