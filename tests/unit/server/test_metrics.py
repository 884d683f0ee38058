"""/metrics, as Prometheus reads it."""

import tempfile
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.pipeline.control import ControlServer
from facewarden.watch_places import control_path

CAMERA = {"camera": "gate", "state": "watching", "analysed": 40, "dropped": 2}
STAGE = {"stage": "detect", "seconds": 1.5, "items": 40}
SAID = [{"outcome": "a living person", "count": 3}, {"outcome": "held", "count": 1}]
WRITING = [{"waiting": 12, "lost": 2, "problem": "the disk of the store is full"}]


@pytest.fixture
def settings() -> Settings:
    # A socket's path is short.
    return Settings(store=StoreSettings(data_dir=Path(tempfile.mkdtemp()) / "data"))


def read(client: httpx.Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *(value for name, value in sample.labels.items() if name != "deployment")):
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }  # fmt: skip


def test_what_a_running_watch_says(administrator: httpx.Client, settings: Settings) -> None:
    said = {"cameras": [CAMERA], "stages": [STAGE], "presentation": SAID, "records": WRITING}
    server = ControlServer(control_path(settings), lambda _: said)
    server.start()
    try:
        found = read(administrator)
    finally:
        server.stop()
    wanted = {
        ("facewarden_watch_running",): 1.0,
        ("facewarden_camera_up", "gate"): 1.0,
        ("facewarden_camera_frames_analysed_total", "gate"): 40.0,
        ("facewarden_camera_frames_dropped_total", "gate"): 2.0,
        ("facewarden_stage_seconds_total", "detect"): 1.5,
        ("facewarden_presentation_total", "a living person"): 3.0,
        ("facewarden_presentation_total", "held"): 1.0,
        ("facewarden_records_waiting",): 12.0,
        ("facewarden_records_lost_total",): 2.0,
    }
    assert {name: found.get(name) for name in wanted} == wanted


def test_a_watch_that_does_not_answer_is_not_running(
    administrator: httpx.Client, settings: Settings
) -> None:
    control_path(settings).touch()
    found = read(administrator)
    assert found["facewarden_watch_running",] == 0
    assert not [name for name in found if name[0] == "facewarden_camera_up"]
