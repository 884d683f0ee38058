"""facewarden identify, with real models on a real store."""

import json
from pathlib import Path

import cv2
import numpy as np
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.enrol import enrol
from facewarden.cli.identify import identify
from unit.pipeline.conftest import People, people

__all__ = ["people"]

app = Typer()
app.command()(enrol)
app.command()(identify)


def test_candidates_of_many_photographs_are_told_at_the_end(
    people: People, models_dir: Path, tmp_path: Path
) -> None:
    known, stranger = people.file("Al Pacino"), people.file("Tony Blair")
    picture = cv2.imread(str(known))
    assert picture is not None
    cv2.imwrite(str(tmp_path / "twice.png"), np.hstack([picture, picture]))
    config = tmp_path / "facewarden.yaml"
    settings = {
        "store": {"data_dir": str(tmp_path / "data")},
        "models": {"cache_dir": str(models_dir)},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")

    def said(*words: str) -> list[str]:
        result = CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout.splitlines()

    said("enrol", str(known), "-w", "missing", "--name", "Al Pacino")
    twice = str(tmp_path / "twice.png")
    assert said("identify", str(stranger), twice)[-3:] == [
        "candidates:",
        f"{twice}: Al Pacino (face 1 and face 2)",
        f"{twice}: face 1 and face 2 are both like Al Pacino: one person cannot be both",
    ]
    assert said("identify", str(stranger), str(stranger))[-1] == "no candidate in any photograph"
