"""How long to wait after a failure."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with jitter, so that many senders do not come back together.

    Attributes:
        first_s: the wait after one failure.
        longest_s: no wait is longer; a minute is what a human who mends a broker can bear.
        chance: where the jitter comes from.
    """

    first_s: float = 0.5
    longest_s: float = 60.0
    chance: random.Random = field(default_factory=random.Random, repr=False)

    def delay_s(self, failures: int) -> float:
        """Return the wait after `failures` >= 1 failures in a row, in [first_s, longest_s]."""
        # The exponent is capped because 2.0 ** 1100 overflows after a month of failures.
        whole = min(self.longest_s, self.first_s * 2.0 ** min(max(failures - 1, 0), 60))
        return self.chance.uniform(max(self.first_s, whole / 2), whole)
