"""`watch --threshold` and a YAML without one were written into the store, and stayed for good."""

from pathlib import Path

import pytest

from facewarden.config.settings import Settings
from facewarden.watch import Watch
from facewarden.wiring.stores import open_store_from


@pytest.mark.usefixtures("models_dir")
def test_watch_leaves_thresholds_and_sinks_of_the_store(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "store": {"data_dir": str(tmp_path)},
            "watchlists": [{"name": "wanted", "threshold": 0.9}, {"name": "missing"}],
        }
    )
    with open_store_from(settings) as store:
        for name in ("wanted", "missing"):
            store.watchlists.ensure(name)
            store.watchlists.configure(name, 0.4, ("desk",))
    Watch(settings).run(until_ended=True)
    with open_store_from(settings) as store:
        kept = {entry.name: (entry.threshold, entry.sinks) for entry in store.watchlists.all()}
    assert kept == {"wanted": (0.4, ("desk",)), "missing": (0.4, ("desk",))}
