"""Where a training stands."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Place:
    """Counts and figures that go on after a resume.

    Attributes:
        step: steps taken.
        epoch: epochs finished.
        batch: batches of the next epoch that were taken.
        due: whether these weights are still to be judged.
        best: figure of the best checkpoint; -1 before the first.
        best_step: its steps.
        stale: validations since then.
        first_loss: first mean loss; 0 before it.
        rate_scale: what the schedule's rate is multiplied by, after a divergence.
        seconds: time spent on steps.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    due: bool = False
    best: float = -1.0
    best_step: int = 0
    stale: int = 0
    first_loss: float = 0.0
    rate_scale: float = 1.0
    seconds: float = 0.0

    @property
    def has_best(self) -> bool:
        """Whether a checkpoint was judged."""
        return self.best >= 0

    def state(self) -> dict[str, Any]:
        """Return it as a checkpoint keeps it."""
        return asdict(self)
