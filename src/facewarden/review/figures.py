"""How the report's figures are written for people; no data is written as such."""

import math
from datetime import datetime, tzinfo

NO_DATA = "no data"


def count(number: int) -> str:
    """Write 12345 as 12,345."""
    return f"{number:,}"


def span(seconds: float) -> str:
    """Write a length of time in its two largest units, as 3 d 4 h."""
    whole = round(seconds)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next((index for index, (amount, _) in enumerate(units) if amount), len(units) - 1)
    shown = [f"{amount} {unit}" for amount, unit in units[first : first + 2] if amount]
    return " ".join(shown) or "0 s"


def latency(seconds: float) -> str:
    """Write a latency with three significant digits, as 812 ms or 1.48 s."""
    if math.isnan(seconds):
        return NO_DATA
    if abs(seconds) < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.3g} s" if abs(seconds) < 999.5 else span(seconds)


def share(fraction: float) -> str:
    """Write a share as a percentage, small ones with two significant digits."""
    if math.isnan(fraction):
        return NO_DATA
    percent = 100 * fraction
    if 0 < percent < 0.1:
        return f"{percent:.2g} %" if percent >= 0.0001 else f"{percent:.1e} %"
    return f"{percent:.1f} %"


def about(number: float) -> str:
    """Write an estimate with two significant digits, from a hundred on as a whole: 0.21, 1,234."""
    return f"{number:.2g}" if number < 99.5 else f"{number:,.0f}"


def expected(number: float, low: int, high: int) -> str:
    """Write what was to be expected, with its span, as 2.3 (0 to 6)."""
    return f"{about(number)} ({low} to {high})"


def moment(at: datetime, zone: tzinfo | None) -> str:
    """Write a time in `zone`, that of this machine if None, with any offset from UTC."""
    local = at.astimezone(zone)
    offset = local.strftime("%z")
    behind = "" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{behind}"
