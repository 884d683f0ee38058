"""A budget of false alerts, of a watchlist or of a deployment."""

from typing import Annotated

from pydantic import Field

from facewarden.data.budget import LEAST_FPIR, LEAST_PER_DAY, MOST_FPIR, MOST_PER_DAY

Share = Annotated[float, Field(ge=LEAST_FPIR, le=MOST_FPIR)]
PerDay = Annotated[float, Field(ge=LEAST_PER_DAY, le=MOST_PER_DAY)]
