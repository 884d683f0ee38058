"""Duties; two folders on one PostgreSQL are two machines."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from facewarden.duty import Duty
from facewarden.errors import StoreBusy, StoreUnreachable
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from postgres_server import PostgresServer

KEY = TemplateKey(bytes(range(32)))


@contextmanager
def machines(postgres: PostgresServer, *folders: Path) -> Iterator[list[tuple[Store, Duty]]]:
    """Open one store from several machines; each has the duty to deliver."""
    name = postgres.database()
    url = postgres.url(name)
    stores = [open_store(url, KEY, busy_s=5) for _ in folders]
    duties = [
        Duty(store, folder, "deliver", "delivers")
        for store, folder in zip(stores, folders, strict=True)
    ]
    try:
        yield list(zip(stores, duties, strict=True))
    finally:
        for store, duty in zip(stores, duties, strict=True):
            duty.release()
            store.close()
        postgres.drop(name)


def test_another_process_of_this_machine_is_refused_in_words(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "a" / "s.sqlite"), KEY) as store:
        one, other = (Duty(store, tmp_path, "serve", "serves") for _ in range(2))
        with one:
            one.take()
            one.take()
            assert one.keep()
            with pytest.raises(StoreBusy, match="another process serves for this store") as caught:
                other.take()
            assert f"process {os.getpid()}" in str(caught.value)
            assert "\n" not in str(caught.value)
            assert (one.held, other.held) == (True, False)
        other.take()
        assert (one.held, other.held) == (False, True)
        other.release()
        other.release()


def test_one_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "a" / "s.sqlite"), KEY) as store:
        one, other = (Duty(store, tmp_path, "watch-7", "watches") for _ in range(2))
        one.take()
        threading.Timer(0.3, one.release).start()
        other.take(patience_s=20)
        assert other.held
        given_up = threading.Event()
        threading.Timer(0.3, given_up.set).start()
        with pytest.raises(StoreBusy):
            one.take(patience_s=60, given_up=given_up)
        other.release()


def test_another_machine_is_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    with machines(postgres, tmp_path / "a", tmp_path / "b") as [(_, one), (_, other)]:
        one.take()
        with pytest.raises(StoreBusy, match="another process does this for the store: deliver"):
            other.take()
        assert not other.held
        one.release()
        other.take(patience_s=10)  # the database hears of it a little later


def test_after_a_restart_of_the_database_it_is_taken_again(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with machines(postgres, tmp_path / "a", tmp_path / "b") as [(_, one), (_, other)]:
        one.take()
        postgres.kill()
        try:
            assert one.keep()  # nobody else can take it now
            assert one.held
            with pytest.raises(StoreUnreachable):
                other.take()
        finally:
            postgres.start()
        assert one.keep()
        with pytest.raises(StoreBusy):
            other.take()


def test_whoever_was_faster_after_a_restart_has_it(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with machines(postgres, tmp_path / "a", tmp_path / "b") as [(_, one), (_, other)]:
        one.take()
        postgres.kill()
        postgres.start()
        other.take()
        assert not one.keep()
        assert (one.held, other.held) == (False, True)
        assert not one.keep()
        other.release()
        one.take(patience_s=10)


def test_a_session_that_the_server_still_believes_in_is_ended(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with machines(postgres, tmp_path / "a") as [(store, _)]:
        claim = store.claim("watch")
        lost = claim._connection  # as after a broken line: the server has not noticed
        claim._connection = None
        began_s = time.monotonic()
        claim.renew()
        assert time.monotonic() - began_s < 10
        with pytest.raises(StoreBusy):
            store.claim("watch")
        claim.release()
        assert lost is not None
        lost.invalidate()
        lost.close()
