from io import StringIO

import pytest
from rich.console import Console

from facewarden.cli.listing import listing


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (60, ["subject       references  expires", "Maria Sample  12          2027-01-31"]),
        (33, ["subject  references  expires", "Maria    12          2027-01-31", "Sample"]),
    ],
)
def test_only_words_are_broken(width: int, expected: list[str]) -> None:
    table = listing("subject", "references", "expires", wrapping={"subject"})
    table.add_row("Maria Sample", "12", "2027-01-31")
    written = StringIO()
    Console(file=written, width=width).print(table)
    assert [line.rstrip() for line in written.getvalue().splitlines()] == expected
