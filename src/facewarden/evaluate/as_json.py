"""An evaluation for machines."""

import json
import math
from typing import Any

import numpy as np

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import EvaluationReport

SCHEMA = "facewarden.evaluation/1"


def render(report: EvaluationReport) -> str:
    """Return the report as JSON; a figure that the data cannot give is null."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "title": report.title,
            "command": report.command,
            "models": list(report.models),
            "data": dict(report.data),
            "made_at": report.made_at.isoformat(),
            "seconds": round(report.seconds, 3),
            "figures": plain(report.figures),
            "tables": [
                {
                    "title": table.title,
                    "columns": list(table.columns),
                    "rows": [[plain(cell) for cell in row] for row in table.rows],
                    "note": table.note,
                }
                for table in report.tables
            ],
            "warnings": list(report.warnings),
        },
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN as null, estimates as objects, arrays as lists."""
    if isinstance(value, Estimate):
        return {name: plain(getattr(value, name)) for name in Estimate.__slots__}
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
