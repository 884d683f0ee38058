import fcntl
import json
import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from facewarden.alert.jsonl_sink import JsonlOptions, JsonlSink
from facewarden.data import Delivery
from facewarden.errors import SinkUnavailable
from unit.alert.samples import make_alert, make_delivery, make_snapshot


def sink(path: Path, *, include_snapshot: bool = False) -> JsonlSink:
    return JsonlSink("file", JsonlOptions(path, include_snapshot))


def ids(path: Path) -> list[str]:
    return [json.loads(line)["alert_id"] for line in path.read_bytes().splitlines()]


def deliver(to: JsonlSink, count: int = 1) -> list[str]:
    deliveries = [make_delivery() for _ in range(count)]
    for delivery in deliveries:
        to.deliver(delivery)
    return [delivery.alert.alert_id for delivery in deliveries]


def test_one_line_per_alert_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    file = sink(path)
    sent = deliver(file, 3)
    file.close()
    assert ids(path) == sent
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lines_are_added_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sent = []
    for _ in range(2):
        file = sink(path)
        sent += deliver(file)
        file.close()
    assert ids(path) == sent


def test_the_picture_is_in_the_line_where_wanted(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    file = sink(path, include_snapshot=True)
    deliver(file)
    file.close()
    assert json.loads(path.read_text())["snapshot"]["media_type"] == "image/jpeg"


@pytest.mark.parametrize("how", ["moved", "deleted", "replaced"])
def test_a_rotated_file_is_left(tmp_path: Path, how: str) -> None:
    path = tmp_path / "alerts.jsonl"
    file = sink(path)
    before = deliver(file)
    if how == "deleted":
        path.unlink()
    else:
        path.rename(tmp_path / "alerts.jsonl.1")
    if how == "replaced":
        path.touch()
    after = deliver(file)
    file.close()
    assert ids(path) == after
    if how != "deleted":
        assert ids(tmp_path / "alerts.jsonl.1") == before


def test_a_file_truncated_under_us_goes_on(tmp_path: Path) -> None:
    """As with logrotate's copytruncate."""
    path = tmp_path / "alerts.jsonl"
    file = sink(path)
    deliver(file, 2)
    os.truncate(path, 0)
    after = deliver(file)
    file.close()
    assert ids(path) == after


def test_a_line_torn_by_a_crash_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"alert_id":"torn')
    file = sink(path)
    sent = deliver(file)
    file.close()
    first, second = path.read_bytes().splitlines()
    assert first == b'{"alert_id":"torn'
    assert [json.loads(second)["alert_id"]] == sent


def test_a_full_disk_leaves_no_torn_line(tmp_path: Path) -> None:
    """A limit on the size of files makes the system write a part and then refuse."""
    path = tmp_path / "alerts.jsonl"
    file = sink(path, include_snapshot=True)
    big = Delivery(9, "file", "big", 0, make_alert(snapshot=make_snapshot(300)))
    sent = deliver(file)
    size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1000, hard))
    try:
        with pytest.raises(SinkUnavailable):
            file.deliver(big)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == size
    file.deliver(big)
    file.close()
    assert ids(path) == [*sent, big.alert.alert_id]


@pytest.mark.parametrize("path", ["no/such/folder/alerts.jsonl", "", "/dev/full"])
def test_what_cannot_be_written_is_unavailable(tmp_path: Path, path: str) -> None:
    file = sink(tmp_path / path)
    with pytest.raises(SinkUnavailable):
        file.deliver(make_delivery())
    file.close()


def test_two_writers_do_not_mix_lines(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sent: list[str] = []

    def write() -> None:
        file = sink(path)
        sent.extend(deliver(file, 20))
        file.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(path)) == sorted(sent)


def test_half_a_line_of_another_writer_is_not_torn(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    file = sink(path)
    first = deliver(file)
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(b'{"alert_id": ')
        other.flush()
        sent: list[str] = []
        thread = threading.Thread(target=lambda: sent.extend(deliver(file)))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()  # it waits for its turn
        other.write(b'"other"}\n')
        other.flush()
        fcntl.flock(other, fcntl.LOCK_UN)
        thread.join()
    file.close()
    assert ids(path) == [*first, "other", *sent]


def test_a_writer_that_keeps_the_file_holds_nobody_up_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewarden.alert.jsonl_sink._TURN_S", 0.05)
    path = tmp_path / "alerts.jsonl"
    file = sink(path)
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SinkUnavailable, match="cannot be written"):
            deliver(file)
    assert len(deliver(file)) == 1
    file.close()
    assert len(ids(path)) == 1
