"""What every message between client and server has in common."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


class Wire(BaseModel):
    """A message: unknown members are refused, numbers are finite, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time between the years 1 and 9999 in UTC is expected") from None


UtcTime = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A time with an offset; written in UTC with Z (RFC 3339)."""
