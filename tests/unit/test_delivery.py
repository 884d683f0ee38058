from pathlib import Path

from facewarden.alert.deliverer import Deliverer
from facewarden.delivery import Delivery
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from unit.store.making import an_alert


def delivery(store: Store, lock: Path) -> Delivery:
    return Delivery(Deliverer(store.alerts, []), lock)


def test_one_of_several_delivers_and_another_takes_over(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "a" / "s.sqlite"), TemplateKey(bytes(32))) as store:
        store.alerts.record(an_alert(), [])
        first, second = (delivery(store, tmp_path / "deliver.lock") for _ in range(2))
        first.start()
        second.start()
        second.wake()
        assert (first.ours, second.ours) == (True, False)
        second.look()
        assert not second.ours
        first.stop(0.1)
        second.look()
        assert second.ours
        first.look()  # one that has ended does not begin again
        second.stop(0.1)
        third = delivery(store, tmp_path / "deliver.lock")
        third.start()
        assert third.ours
        third.stop(0.1)


def test_one_that_never_delivered_ends(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "a" / "s.sqlite"), TemplateKey(bytes(32))) as store:
        first, second = (delivery(store, tmp_path / "deliver.lock") for _ in range(2))
        first.start()
        second.stop(0.1)
        assert second.status() == {}
        assert first.ours
        first.stop(0.1)
