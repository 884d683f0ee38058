"""`identify` wrote the photograph's file name into the audit log, where nothing is ever rewritten.

File names are names of people: who matched nobody stayed on the disk for 400 days, and who was
removed for good stayed too. So did the category of a removed subject in old alerts, as free a text
as the name.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from facewarden.data import SubjectDetails
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.pipeline.conftest import People
from unit.store.making import NOW, an_alert


def test_a_search_leaves_a_digest(people: People, models_dir: Path, tmp_path: Path) -> None:
    key = TemplateKey.load(tmp_path / "facewarden.key", create=True)
    url = sqlite_url(tmp_path / "facewarden.sqlite")
    with open_store(url, key) as store:
        store.watchlists.ensure("wanted")
    photograph = tmp_path / "Quintilia_Unmatched.jpg"
    shutil.copy(people.file("Al Pacino"), photograph)
    home = {"FACEWARDEN_HOME": str(tmp_path), "FACEWARDEN_MODELS": str(models_dir)}
    subprocess.run(
        [sys.executable, "-m", "facewarden", "identify", str(photograph), "--json"],
        env={**os.environ, **home},
        capture_output=True,
        check=True,
        timeout=120,
    )
    with open_store(url, key) as store:
        (event,) = store.audit.tail(1)
        assert (event.action, event.object) == ("identify", "photograph")
        assert event.details["digest"] == store.fingerprint(photograph.read_bytes())
        assert "Quintilia" not in json.dumps([str(one) for one in store.audit.tail(100)])
    left = [path for path in tmp_path.iterdir() if path.name.startswith("facewarden.sqlite")]
    assert not any(b"Quintilia" in path.read_bytes() for path in left)


def test_the_category_of_a_removed_subject_goes(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "store.sqlite"), TemplateKey(bytes(32))) as store:
        store.watchlists.ensure("missing")
        gone = store.watchlists.add_subject(SubjectDetails("Somebody"), "missing")
        store.alerts.record(an_alert(subject_id=gone, category="son of the mayor"), ["desk"])
        store.watchlists.remove_subject(gone)
        kept = store.alerts.get(an_alert().alert_id).alert
    assert (kept.category, kept.decided_at) == ("(removed)", NOW)
    assert b"mayor" not in (tmp_path / "store.sqlite").read_bytes()
