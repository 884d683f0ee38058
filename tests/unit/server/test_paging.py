import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.server.paging import Position, Wanted, decode_cursor, encode_cursor
from facewarden.server.problems import Unprocessable

parts = st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.text(max_size=40))


@given(st.lists(parts, min_size=1, max_size=4).map(tuple))
def test_a_position_comes_back(position: Position) -> None:
    assert decode_cursor(encode_cursor(position)) == position


@pytest.mark.parametrize(
    "cursor", ["x", "é", "====", "e30", "W10", "W3RydWVd", "WzEuNV0", "W1tdXQ", "WzFd!", "bm8"]
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Unprocessable):
        decode_cursor(cursor)


def test_a_number_beyond_the_database_is_refused() -> None:
    with pytest.raises(Unprocessable):
        decode_cursor(encode_cursor((2**64,)))


def test_a_cursor_of_another_list_is_refused() -> None:
    wanted = Wanted(10, ("a", 1))
    assert wanted.last(str, int) == ("a", 1)
    with pytest.raises(Unprocessable):
        wanted.last(int)
    assert Wanted(10, ()).last(int) is None


def test_pages_of_a_list_hold_every_row_once() -> None:
    rows = list(range(10))
    seen: list[int] = []
    after: Position = ()
    while True:
        rest = [row for row in rows if not after or row > int(after[0])][:4]
        page = Wanted(3, after).page(rest, lambda row: row, lambda row: (row,))
        seen += page.items
        if page.next is None:
            break
        after = decode_cursor(page.next)
    assert seen == rows
