"""A photograph that took half a minute to decode kept everybody from the models meanwhile."""

import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from facewarden.access.principal import Role
from facewarden.server.context import Context
from facewarden.store.open import Store
from unit.server.conftest import Login, address, app, client, context, login, settings, store, url
from unit.server.test_archive import packed
from unit.server.test_references import done, jpeg

__all__ = ["address", "app", "client", "context", "login", "settings", "store", "url"]

pytestmark = pytest.mark.models


def workers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "facewarden.server.decoding_worker" in child.cmdline():
                found.append(child)
    return found


def test_others_have_their_turn_while_it_is_decoded(
    store: Store, context: Context, login: Login, models_dir: Path
) -> None:
    assert models_dir
    store.watchlists.ensure("missing")
    others = {one.pid for one in workers()}
    context.decoder.decode(jpeg())
    mine = [one for one in workers() if one.pid not in others]
    ann: httpx.Client = login(Role.SUPERVISOR)
    for worker in mine:
        worker.suspend()
    try:
        sent = ann.post(
            "/api/v1/references/import",
            params={"watchlist": "missing"},
            content=packed(("Jane/1.jpg", jpeg())),
        )
        while context.jobs.running() and not _reads(context):
            time.sleep(0.01)
        time.sleep(0.2)
        assert context.eyes.turn.acquire(timeout=5)
        context.eyes.turn.release()
    finally:
        for worker in mine:
            worker.resume()
    assert done(ann, sent)["counts"] == {"refused": 1}  # nobody is in the picture


def _reads(context: Context) -> bool:
    """Tell whether a worker is in use: one of two is not among the free ones."""
    return context.decoder._free.qsize() < 2
