"""A bucket of tokens: how often somebody may ask."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """How often somebody may ask.

    Attributes:
        per_s: requests a second in the long run.
        burst: requests at once after a silence.
    """

    per_s: float
    burst: int


@dataclass(slots=True)
class Bucket:
    """Fills at a rate, up to the burst; each request takes one token.

    Attributes:
        tokens: what is left.
        at_s: when that was so, by a clock that only goes forward, s.
    """

    tokens: float
    at_s: float

    def take(self, rate: Rate, now_s: float) -> float:
        """Take a token; return 0, or the seconds until there is one."""
        self.tokens = min(rate.burst, self.tokens + max(0.0, now_s - self.at_s) * rate.per_s)
        self.at_s = now_s
        if self.tokens >= 1.0:
            self.tokens -= 1.0
            return 0.0
        return (1.0 - self.tokens) / rate.per_s
