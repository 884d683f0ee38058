"""A watchlist named in the settings, and not yet in the store, ended the watch: "no such list".

The settings may be written before the first photograph is enrolled; the watchlist is made.
"""

from pathlib import Path

import pytest

from system.processes import WatchProcess, stored
from system.scenes import folder_camera


@pytest.mark.models
def test_it_is_made(models_dir: Path, home: Path, tmp_path: Path) -> None:
    source = folder_camera(tmp_path / "empty hall", [None, None])
    config = tmp_path / "facewarden.yaml"
    config.write_text("watchlists:\n  - {name: barred, threshold: 0.5}\n")
    watch = WatchProcess(home, source, "--config", config, log=tmp_path / "log")
    assert watch.wait() == 0, watch.said()
    assert "nobody is enrolled on barred" in watch.said()
    store = stored(home)
    try:
        assert [known.name for known in store.watchlists.all()] == ["barred"]
    finally:
        store.close()
