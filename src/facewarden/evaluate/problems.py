"""What was wrong with a data set: counted by kind, and listed."""

from collections import Counter
from collections.abc import Sequence

from facewarden.evaluate.report import Table

LISTED = 20
"""In the tables; all of them stand in the JSON."""


def problem_tables(problems: Sequence[tuple[str, str, str]]) -> tuple[Table, ...]:
    """Return nothing where nothing was wrong, else a table of kinds and a list.

    Args:
        problems: kind, place and details of each.
    """
    if not problems:
        return ()
    counts = Counter(kind for kind, _, _ in problems)
    more = len(problems) - LISTED
    return (
        Table(
            "What is wrong with the data set",
            ("kind", "how many"),
            tuple(counts.most_common()),
        ),
        Table(
            "Where",
            ("place", "kind", "details"),
            tuple((place, kind, details) for kind, place, details in problems[:LISTED]),
            note=f"{more:,} more stand in the JSON." if more > 0 else "",
        ),
    )
