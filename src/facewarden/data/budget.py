"""What a budget of false alerts may be, wherever one is set."""

from typing import Final

LEAST_FPIR: Final = 1e-7
MOST_FPIR: Final = 0.5
"""Share of strangers' tracks that raise a false alert. One in ten million is a hundred thousand
people a day for three months; of a list that alerts for every other stranger nobody reads one."""

LEAST_PER_DAY: Final = 1e-4
MOST_PER_DAY: Final = 10_000
"""False alerts a day: one in 27 years, and one in nine seconds."""

EXPECTED: Final = (
    f"fpir from {LEAST_FPIR:g} to {MOST_FPIR:g}, "
    f"or false_alerts_per_day from {LEAST_PER_DAY:g} to {MOST_PER_DAY:,.0f}"
)


def out_of_range(*, fpir: float | None, false_alerts_per_day: float | None) -> str:
    """Return the name of the number that is no budget; empty where there is none such."""
    # Written so that NaN is out of range, too.
    if fpir is not None and not LEAST_FPIR <= fpir <= MOST_FPIR:
        return "fpir"
    if false_alerts_per_day is not None and not (
        LEAST_PER_DAY <= false_alerts_per_day <= MOST_PER_DAY
    ):
        return "false_alerts_per_day"
    return ""
