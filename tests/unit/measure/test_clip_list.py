"""Lists of clips: what is read, and one clear line for each thing that is wrong."""

from pathlib import Path

import pytest

from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry, read_clip_list, require_both, write_clip_list

HEAD = "path,subject,label,species,instrument,session,part\n"
GOOD = "a.mp4,Ann,bona fide,,,day,train\n"


def listed(folder: Path, text: str, *clips: str) -> Path:
    """Write a list and empty files for its clips."""
    for clip in clips:
        (folder / clip).touch()
    file = folder / "clips.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_list_is_read_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    text = "﻿subject, label ,path,note,species,instrument\r\nBob,Attack,frames,x,print,glossy\r\n"
    file = listed(tmp_path, text + 'Ann,bona fide,"a, b.mp4",,,\r\n', "a, b.mp4")
    assert read_clip_list(file) == (
        ClipEntry(tmp_path / "frames", "Bob", True, "print", "glossy", "", ""),
        ClipEntry(tmp_path / "a, b.mp4", "Ann", False),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the column path"),
        ("path,subject\na.mp4,Ann\n", "lacks the column label"),
        (HEAD, "names no clip"),
        (HEAD + GOOD + "b.mp4,Ann,bona fide,,,,\n", "line 3 names a missing clip"),
        (HEAD + "a.mp4,Ann,live,,,,\n", "line 2: unknown label: expected bona fide or attack"),
        (HEAD + "a.mp4,Ann,bona fide,print,,,\n", "line 2: a bona fide presentation has no"),
        (HEAD + "a.mp4,Ann,attack,,glossy,,\n", "line 2: an attack without species"),
        (HEAD + "a.mp4,,bona fide,,,,\n", "line 2 has no subject"),
        (HEAD + ",Ann,bona fide,,,,\n", "line 2 has no path"),
        (HEAD + "a.mp4,Ann,bona fide,,,,dev\n", "line 2: unknown part: expected train"),
        (HEAD + GOOD + GOOD, "line 3 names a.mp4 again: found also line 2"),
        (HEAD + '"a.mp4,Ann\n', "unexpected end of data"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_clip_list(listed(tmp_path, text, "a.mp4"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: found No such file"):
        read_clip_list(tmp_path / "none.csv")
    (tmp_path / "clips.csv").write_bytes(b"\xff\xfe\x00path")
    with pytest.raises(InputError, match="not UTF-8"):
        read_clip_list(tmp_path / "clips.csv")


@pytest.mark.parametrize(
    ("kinds", "said"),
    [((True, True), "attack presentations only"), ((False,), "bona fide presentations only")],
)
def test_one_kind_only_is_refused(kinds: tuple[bool, ...], said: str) -> None:
    entries = [ClipEntry(Path("x"), "Ann", kind, "print" if kind else "") for kind in kinds]
    with pytest.raises(InputError, match=f"the test part has {said}"):
        require_both(entries, "the test part")
    with pytest.raises(InputError, match="names no clip"):
        require_both([], "the test part")
    require_both([ClipEntry(Path("x"), "A", True, "cut"), ClipEntry(Path("y"), "A", False)], "it")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    folder = tmp_path / "list"
    folder.mkdir()
    (folder / "b, c.mp4").touch()
    entries = (
        ClipEntry(outside, "Ann", False, "", "", "day", "test"),
        ClipEntry(folder / "b, c.mp4", 'B "Bob"', True, "replay", "ipad", "", "train"),
    )
    write_clip_list(folder / "clips.csv", entries)
    assert read_clip_list(folder / "clips.csv") == entries
    assert "\nb, c" not in (folder / "clips.csv").read_text()
    with pytest.raises(InputError, match="cannot be written"):
        write_clip_list(tmp_path / "none" / "clips.csv", entries)
