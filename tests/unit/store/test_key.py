import base64
import os
import threading
from pathlib import Path

import pytest

from facewarden.errors import KeyRefused
from facewarden.store.key import TemplateKey

SECRET = bytes(range(32))
TEXT = base64.b64encode(SECRET).decode()


def put(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    first = TemplateKey.load(path, env={}, create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]
    again = TemplateKey.load(path, env={}, create=True)
    assert again.unseal(first.seal(b"words", "p"), "p") == b"words"


def test_threads_that_make_it_at_once_get_the_same_key(tmp_path: Path) -> None:
    keys: list[TemplateKey] = []
    threads = [
        threading.Thread(
            target=lambda: keys.append(TemplateKey.load(tmp_path / "key", env={}, create=True))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.digest(b"x") for key in keys}) == 1
    assert len(keys) == 8


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = put(tmp_path / "key", base64.b64encode(b"f" * 32))
    key = TemplateKey.load(path, env={"FACEWARDEN_KEY": f" {TEXT}\n"}, create=False)
    assert key.digest(b"x") == TemplateKey(SECRET).digest(b"x")


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        pytest.param(TEXT.encode(), 0o640, "mode 0640", id="group may read"),
        pytest.param(TEXT.encode(), 0o604, "mode 0604", id="others may read"),
        pytest.param(base64.b64encode(b"short"), 0o600, "found 5 bytes", id="too short"),
        pytest.param(base64.b64encode(bytes(33)), 0o600, "found 33 bytes", id="too long"),
        pytest.param(b"not base64 !", 0o600, "is not a key", id="other words"),
        pytest.param(b"", 0o600, "found 0 bytes", id="empty"),
        pytest.param(b"\xff\xfe" * 5000, 0o600, "is not a key", id="another file"),
    ],
)
def test_file_is_refused(tmp_path: Path, content: bytes, mode: int, words: str) -> None:
    path = put(tmp_path / "key", content, mode)
    with pytest.raises(KeyRefused, match=words) as caught:
        TemplateKey.load(path, env={}, create=True)
    assert caught.value.remedy
    assert path.read_bytes() == content


def test_absent_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(KeyRefused, match="cannot be read") as caught:
            TemplateKey.load(path, env={}, create=False)
        assert "FACEWARDEN_KEY" in caught.value.remedy


def test_malformed_environment_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused) as caught:
        TemplateKey.load(tmp_path / "key", env={"FACEWARDEN_KEY": "hunter2!"}, create=True)
    assert "hunter2" not in str(caught.value)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("size", [0, 1, 512, 100_000])
def test_sealed_opens_only_with_same_key_and_purpose(size: int) -> None:
    key, plain = TemplateKey(SECRET), os.urandom(size)
    sealed = key.seal(plain, "template:17")
    assert key.unseal(sealed, "template:17") == plain
    assert sealed != key.seal(plain, "template:17")
    for other, purpose in ((key, "template:18"), (TemplateKey(b"o" * 32), "template:17")):
        with pytest.raises(KeyRefused, match="cannot be opened"):
            other.unseal(sealed, purpose)


def test_changed_bytes_do_not_open() -> None:
    key = TemplateKey(SECRET)
    sealed = key.seal(b"words", "p")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(KeyRefused):
            key.unseal(bytes(changed), "p")
    for length in range(len(sealed)):
        with pytest.raises(KeyRefused):
            key.unseal(sealed[:length], "p")


def test_digest_needs_the_key() -> None:
    key = TemplateKey(SECRET)
    assert key.digest(b"x") == TemplateKey(SECRET).digest(b"x")
    assert key.digest(b"x") != key.digest(b"y")
    assert key.digest(b"x") != TemplateKey(b"o" * 32).digest(b"x")
    assert len(key.digest(b"x")) == 64


def test_repr_does_not_show_the_key() -> None:
    assert repr(TemplateKey(SECRET)) == "TemplateKey(from the key given)"
    assert not {value for value in vars(TemplateKey(SECRET)).values() if value in (SECRET, TEXT)}
