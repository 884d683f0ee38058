"""A checkpoint is whole or the one before it is; a strange file is refused in a line."""

import os
import pickle
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from facewarden.errors import InputError, StoreFull
from facewarden.train.checkpoint import load, save


@contextmanager
def files_of_at_most(count: int) -> Iterator[None]:
    """Let the disk be full: no file of this process grows beyond `count` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_it_comes_back(tmp_path: Path) -> None:
    state = {"weights": {"a": torch.arange(5.0)}, "step": 3, "none": None, "words": ["x"]}
    save(tmp_path / "last.pt", state)
    found = load(tmp_path / "last.pt")
    assert torch.equal(found["weights"]["a"], torch.arange(5.0))
    assert (found["step"], found["none"], found["words"]) == (3, None, ["x"])
    assert (tmp_path / "last.pt").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["last.pt"]


def test_a_full_disk_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    save(path, {"step": 1})
    before = path.read_bytes()
    with files_of_at_most(100_000), pytest.raises(StoreFull) as refused:
        save(path, {"step": 2, "much": torch.rand(50_000)}, remedy="free some space")
    assert "the disk is full" in str(refused.value)
    assert "free some space" in str(refused.value)
    assert path.read_bytes() == before
    assert load(path)["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["last.pt"]


class Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.system, ("touch was-run",))


@pytest.mark.parametrize("name", ["absent", "text", "empty", "folder", "half", "pickle", "other"])
def test_what_is_no_checkpoint(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "it.pt"
    match name:
        case "text":
            path.write_text("weights")
        case "empty":
            path.touch()
        case "folder":
            path.mkdir()
        case "half":
            save(path, {"much": torch.rand(1000)})
            path.write_bytes(path.read_bytes()[:2000])
        case "pickle":
            path.write_bytes(pickle.dumps({"version": 1, "it": Runs()}, protocol=2))
        case "other":
            torch.save({"step": 1}, path)
    with pytest.raises(InputError) as refused:
        load(path)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "was-run").exists()
