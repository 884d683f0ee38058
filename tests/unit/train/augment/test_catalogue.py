from typing import Any

import pytest

from facewarden.errors import ConfigError
from facewarden.train.augment.catalogue import STEPS, build


def test_every_step_has_usable_defaults() -> None:
    built = build([{"name": name, "probability": 0.5} for name in STEPS])
    assert [one.name for one in built] == list(STEPS)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "blurr", "probability": 1}, "expected name: horizontal_flip, rotation"),
        ({"probability": 1}, "no name"),
        ({"name": "blur"}, "blur: probability: expected 0 to 1, found None"),
        ({"name": "blur", "probability": 1.2}, "found 1.2"),
        ({"name": "blur", "probability": True}, "found True"),
        ({"name": "blur", "probability": 1, "hihg": 3}, "has no parameter hihg: expected probab"),
        ({"name": "blur", "probability": 1, "high": 90}, "blur: high: expected 0.1 to 8 px"),
        ({"name": "blur", "probability": 1, "high": "3"}, "found '3'"),
        ({"name": "blur", "probability": 1, "low": 3.0}, "blur: low: expected at most high, 2.5"),
        ({"name": "rotation", "probability": 1, "max_deg": -1}, "0 to 45 degrees"),
        ({"name": "low_resolution", "probability": 1, "low_px": float("nan")}, "8 to 224 px"),
    ],
)
def test_a_slip_of_the_pen_is_named(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        build([entry])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
