"""Curves are drawn of what a run has written, also while it runs."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawn_faces import drawn_faces
from facewarden.errors import InputError
from facewarden.train.curves import write_curves
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry, MetricsLog, read_metrics
from facewarden.train.run_folder import RunFolder
from facewarden.train.starter import begin
from training import around, recipe


def test_a_picture_and_a_page(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces")
    begin(recipe(epochs=2), faces, tmp_path / "run", around())
    png, page = write_curves(RunFolder.open(tmp_path / "run"))
    picture = np.asarray(Image.open(io.BytesIO(png.read_bytes())).convert("RGB"))
    # Loss, validation, rate, gradient: four plots with lines in colour.
    assert picture.shape[:2] == (1280, 900)
    colourful = (picture.max(2).astype(int) - picture.min(2)) > 100
    assert all(band.sum() > 100 for band in np.split(colourful, 4))
    text = page.read_text()
    assert text.count('<svg role="img"') == 4
    assert "rank 1, closed set" in text
    assert "34 of 8 people to train on" in text


def test_a_run_without_figures_is_told(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(), {"command": "c"})
    with pytest.raises(InputError, match="cannot be read as the figures of a run"):
        write_curves(run)


def test_half_a_line_is_none(tmp_path: Path) -> None:
    kept = [Entry(TRAIN, 2, 0.5, {"loss": 1.5}), Entry(VALIDATION, 4, 1.0, {"auc": 0.75})]
    log = MetricsLog(tmp_path / "metrics.csv", tmp_path / "events", kept[:1], 0)
    log.add(kept[1])
    log.close()
    with (tmp_path / "metrics.csv").open("a") as out:
        out.write("train,6,1.5,0.12")
    assert read_metrics(tmp_path / "metrics.csv") == kept


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "part,step,epoch,loss\ntrain,x,1,2\n"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.csv").write_text(text)
    if not text:
        assert read_metrics(tmp_path / "metrics.csv") == []
        return
    with pytest.raises(InputError, match="cannot be read"):
        read_metrics(tmp_path / "metrics.csv")
