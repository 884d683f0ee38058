"""How often somebody may ask, by credential and by address."""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from facewarden.access.bucket import Bucket, Rate
from facewarden.server.problems import TooMany

BY_CREDENTIAL: Final = Rate(per_s=50.0, burst=200)
"""A dashboard asks for some 30 pictures at once; 50 mixed reads a second is what one server must
carry beside two cameras."""
BY_ADDRESS: Final = Rate(per_s=200.0, burst=1000)
"""A control room may share one address."""
BY_STRANGER: Final = Rate(per_s=1.0, burst=30)
"""Signing in: each try costs 0.2 s of a core (argon2id)."""
MOST: Final = 10_000
"""Buckets at once; the one used longest ago is forgotten, full as it would be."""


class RateLimit:
    """A bucket for each name, in this process.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(
        self, rate: Rate, *, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._most = most
        self._clock = clock
        self._guard = threading.Lock()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str) -> None:
        """Count a request.

        Raises:
            TooMany: with Retry-After.
        """
        now_s = self._clock()
        with self._guard:
            bucket = self._buckets.setdefault(name, Bucket(self._rate.burst, now_s))
            self._buckets.move_to_end(name)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            wait_s = bucket.take(self._rate, now_s)
        if wait_s > 0.0:
            raise too_many("too many requests", wait_s)


class Limits:
    """The three limits of one server."""

    def __init__(
        self,
        credential: Rate = BY_CREDENTIAL,
        address: Rate = BY_ADDRESS,
        stranger: Rate = BY_STRANGER,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.credential = RateLimit(credential, clock=clock)
        self.address = RateLimit(address, clock=clock)
        self.stranger = RateLimit(stranger, clock=clock)


def too_many(what: str, wait_s: float) -> TooMany:
    """Make the refusal that says when to come again."""
    seconds = max(1, math.ceil(wait_s))
    return TooMany(what, remedy=f"try again in {seconds} s", headers={"Retry-After": str(seconds)})


def network(address: str) -> str:
    """Return what stands for whoever asks from an address: of IPv6 its network of 64 bits.

    One machine has 2^64 addresses of IPv6 (RFC 4291, 2.5.4).
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
