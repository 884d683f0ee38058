"""From a budget of false alerts to the threshold of a watchlist."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FalseAlertBudget:
    """How often somebody on no watchlist may raise an alert.

    A passer-by is compared with every subject, so the false match rate that each comparison may
    have shrinks as the watchlist grows: FPIR = 1 - (1 - FMR)^N, about N times FMR (ISO/IEC
    19795-1, open-set identification).

    Attributes:
        fpir: share of passers-by who may raise a false alert. 1 in 1,000 is the ceiling that South
            Wales Police set itself, as told in R (Bridges) v CCSWP.
        most_fmr: never more than this for a comparison, however short the list: calibration data
            are photographs of all kinds of people, a place may have many that are alike.
        least_fmr: never less: what the calibration of the default model can still show.
    """

    fpir: float = 1e-3
    most_fmr: float = 3e-5
    least_fmr: float = 1e-6

    def fmr(self, subjects: int) -> float:
        """Return the false match rate that one comparison may have with so many subjects."""
        return min(self.most_fmr, max(self.least_fmr, self.fpir / max(1, subjects)))

    def expected_fpir(self, subjects: int) -> float:
        """Return the share of strangers that raise a false alert; above the budget for long lists.

        A long list would need a smaller false match rate than calibration can show.
        """
        return subjects * self.fmr(subjects)

    def threshold(self, subjects: int, similarity_at: Callable[[float], float]) -> float:
        """Return the similarity needed; `similarity_at` is the model card's calibration."""
        return similarity_at(self.fmr(subjects))
