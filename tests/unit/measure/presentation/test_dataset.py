"""Published data sets: what their names say, and who is in which part of each protocol."""

import re
from collections import Counter
from pathlib import Path

import pytest

from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.chosen_clips import from_dataset
from facewarden.measure.presentation.dataset import (
    dataset_names,
    protocol_of,
    read_copy,
    read_dataset,
    runs_of,
)


def touched(root: Path, *names: str) -> Path:
    """Make empty files: names are read, not videos."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def oulu(root: Path, users: tuple[int, ...]) -> Path:
    """All files of some users of OULU-NPU."""
    return touched(
        root,
        *(
            f"Files/{phone}_{session}_{user:02}_{file}.avi"
            for user in users
            for phone in range(1, 7)
            for session in range(1, 4)
            for file in range(1, 6)
        ),
    )


def siw(root: Path, people: dict[str, tuple[int, ...]]) -> Path:
    """Eight bona fide videos, two prints and eight replays of each subject of SiW."""
    names = []
    for part, subjects in people.items():
        for subject in subjects:
            live, spoof = f"{part}/live/{subject:03}", f"{part}/spoof/{subject:03}"
            names += [
                f"{live}/{subject:03}-{sensor}-1-{light}-{motion}.mov"
                for sensor in (1, 2)
                for light in (1, 2)
                for motion in (1, 2)
            ]
            names += [f"{spoof}/{subject:03}-1-2-{k}-1.mov" for k in (1, 2)]
            names += [
                f"{spoof}/{subject:03}-{sensor}-3-{medium}-1.mov"
                for sensor in (1, 2)
                for medium in range(1, 5)
            ]
    return touched(root, *names)


def counts(entries: tuple[ClipEntry, ...], part: str) -> tuple[int, int]:
    """Bona fide presentations and attacks of a part."""
    of = [entry.attack for entry in entries if entry.part == part]
    return len(of) - sum(of), sum(of)


def test_folders_without_videos_are_named(tmp_path: Path) -> None:
    dataset = read_dataset("siw")
    (tmp_path / "Train" / "live" / "003").mkdir(parents=True)
    with pytest.raises(InputError, match="searched without a video: Train, Train/live, Train/live"):
        read_copy(dataset, tmp_path)
    (tmp_path / "Train" / "spoof").mkdir()
    touched(tmp_path, "Train/live/003/003-2-1-1-2.mov")
    with pytest.raises(InputError, match="bona fide presentations only") as refused:
        read_copy(dataset, tmp_path)
    assert str(refused.value).endswith("searched without a video: Train/spoof")


def test_an_unknown_run_tells_which_there_are(tmp_path: Path) -> None:
    siw(tmp_path, {"Train": (3, 4, 5, 6, 7), "Test": (1, 2)})
    with pytest.raises(InputError) as refused:
        from_dataset("siw", tmp_path, "2", run=9)
    for words in ("1: 2, without iPad Pro 2017", "4: 2, without Galaxy S8", "found 9"):
        assert words in str(refused.value)
    prints = "Train/spoof/003/003-1-2-1-1.mov"
    alone = touched(tmp_path / "alone", "Train/live/003/003-2-1-1-2.mov", prints)
    with pytest.raises(InputError, match="each value of which makes a run, found none in"):
        from_dataset("siw", alone, "2")


@pytest.mark.parametrize("name", dataset_names())
def test_descriptions_are_whole(name: str) -> None:
    dataset = read_dataset(name)
    assert dataset.source
    assert dataset.note
    fields = {field for rule in dataset.clips for field in re.compile(rule.pattern).groupindex} | {
        "species"
    }
    for protocol in dataset.protocols:
        for values in (protocol.only, protocol.train, protocol.test):
            assert set(values) <= fields
        assert not protocol.leave_out or protocol.leave_out in fields


def test_one_file_of_each_kind_is_read_as_published(tmp_path: Path) -> None:
    cases = {
        "siw": {
            "Train/live/003/003-2-1-1-2.mov": ("003", "", "", "Logitech C920", "train"),
            "Test/spoof/021/021-1-2-2-1.mov":
                ("021", "print", "glossy, low resolution", "Canon EOS T6", "test"),
            "Test/spoof/021/021-1-3-4-2.mov":
                ("021", "replay", "Galaxy S8", "Canon EOS T6", "test"),
        },
        "oulu-npu": {
            "Train_files/2_1_07_1.avi": ("07", "", "", "session 1, HTC Desire EYE", "train"),
            "x/6_3_35_3.avi": ("35", "print", "printer 2", "session 3, OPPO N3", "development"),
            "1_2_36_4.avi":
                ("36", "replay", "display 1", "session 2, Samsung Galaxy S6 edge", "test"),
        },
        "replay-attack": {
            "train/real/client001_session01_webcam_authenticate_adverse_2.mov":
                ("001", "", "", "adverse light", "train"),
            "devel/attack/hand/attack_print_client003_session01_highdef_photo_controlled.mov":
                ("003", "print", "paper, in the hand", "controlled light", "development"),
            "test/attack/fixed/attack_mobile_client009_session01_mobile_photo_adverse.mov":
                ("009", "display", "iPhone 3GS, fixed", "adverse light", "test"),
            "test/attack/fixed/attack_highdef_client009_session01_highdef_video_adverse.mov":
                ("009", "replay", "iPad, fixed", "adverse light", "test"),
        },
        "casia-fasd": {
            "train_release/1/1.avi": ("train_release 1", "", "", "normal quality", "train"),
            "test_release/1/4.avi":
                ("test_release 1", "warped", "photograph, warped", "low quality", "test"),
            "test_release/1/HR_3.avi":
                ("test_release 1", "cut", "photograph, eyes cut out", "high quality", "test"),
            "test_release/30/8.avi": ("test_release 30", "replay", "tablet", "low quality", "test"),
        },
    }  # fmt: skip
    for name, files in cases.items():
        copy = read_copy(read_dataset(name), touched(tmp_path / name, *files))
        found = {
            clip.entry.path.relative_to(tmp_path / name).as_posix(): clip.entry
            for clip in copy.clips
        }
        for file, expected in files.items():
            entry = found[file]
            told = (entry.subject, entry.species, entry.instrument, entry.session, entry.part)
            assert told == expected
            assert entry.attack == bool(entry.species)


@pytest.mark.parametrize(
    ("protocol", "runs", "train", "development", "test"),
    [
        # For one user; the published counts are 20, 15 and 20 times these (bob.db.oulunpu).
        ("1", 1, (12, 48), (12, 48), (6, 24)),
        ("2", 1, (18, 36), (18, 36), (18, 36)),
        ("3", 6, (15, 60), (15, 60), (3, 12)),
        ("4", 6, (10, 20), (10, 20), (1, 2)),
    ],
)
def test_oulu_protocols_have_the_published_counts(
    tmp_path: Path,
    protocol: str,
    runs: int,
    train: tuple[int, int],
    development: tuple[int, int],
    test: tuple[int, int],
) -> None:
    dataset = read_dataset("oulu-npu")
    copy = read_copy(dataset, oulu(tmp_path, (3, 21, 55)))
    assert copy.missing == ()
    made = runs_of(dataset, copy, protocol_of(dataset, protocol))
    assert len(made) == runs
    for run in made:
        parts = ("train", "development", "test")
        assert [counts(run.entries, part) for part in parts] == [train, development, test]


def test_oulu_protocol_4_tests_what_was_never_seen(tmp_path: Path) -> None:
    dataset = read_dataset("oulu-npu")
    copy = read_copy(dataset, oulu(tmp_path, (3, 21, 55)))
    for run in runs_of(dataset, copy, protocol_of(dataset, "4")):
        seen = [entry for entry in run.entries if entry.part != "test"]
        asked = [entry for entry in run.entries if entry.part == "test"]
        for field in ("subject", "session"):
            both = {getattr(e, field) for e in seen} & {getattr(e, field) for e in asked}
            assert not both
        instruments = {e.instrument for e in asked if e.attack}
        assert instruments == {"printer 2", "display 2"}


def test_siw_protocols(tmp_path: Path) -> None:
    dataset = read_dataset("siw")
    root = siw(tmp_path, {"Train": (3, 4, 5, 6, 7), "Test": (1, 2)})
    copy = read_copy(dataset, root)
    first = protocol_of(dataset, "1")
    assert first.train_frames == 60
    (run,) = runs_of(dataset, copy, first)
    assert {e.subject for e in run.entries if e.part == "development"} == {"007"}
    assert counts(run.entries, "train") == (32, 40)
    assert counts(run.entries, "test") == (16, 20)
    second = runs_of(dataset, copy, protocol_of(dataset, "2"))
    assert [run.name for run in second] == [
        f"2, without {name}"
        for name in ("iPad Pro 2017", "iPhone 7 Plus", "Asus MB168B", "Galaxy S8")
    ]
    assert counts(second[0].entries, "train") == (32, 24)
    assert counts(second[0].entries, "test") == (16, 4)
    third = runs_of(dataset, copy, protocol_of(dataset, "3"))
    for run, left_out in zip(third, ("print", "replay"), strict=True):
        of = Counter((e.part, e.species) for e in run.entries if e.attack)
        assert {species for (part, species) in of if part == "test"} == {left_out}
        assert left_out not in {species for (part, species) in of if part != "test"}


def test_missing_and_unknown_videos_are_named(tmp_path: Path) -> None:
    root = oulu(tmp_path, (3,))
    (root / "Files/1_1_03_2.avi").unlink()
    touched(root, "holiday.mp4", "notes.txt")
    copy = read_copy(read_dataset("oulu-npu"), root)
    assert copy.missing == ("1_1_03_2.avi",)
    assert copy.unknown == ("holiday.mp4",)


def test_casia_names_what_is_missing_of_a_subject(tmp_path: Path) -> None:
    root = touched(tmp_path, "train_release/4/1.avi", "train_release/4/3.avi")
    missing = read_copy(read_dataset("casia-fasd"), root).missing
    assert len(missing) == 10
    assert "train_release/4/HR_4.avi" in missing


def test_what_is_no_copy_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown data set: expected casia-fasd, oulu-npu"):
        read_dataset("sew")
    dataset = read_dataset("oulu-npu")
    with pytest.raises(InputError, match="no folder"):
        read_copy(dataset, tmp_path / "none")
    with pytest.raises(InputError, match=r"holds no clip of OULU-NPU.*found no video"):
        read_copy(dataset, tmp_path)
    with pytest.raises(InputError, match=r"1 videos with other names, such as holiday\.mp4"):
        read_copy(dataset, touched(tmp_path, "holiday.mp4"))
    with pytest.raises(InputError, match="attack presentations only"):
        read_copy(dataset, touched(tmp_path, "1_1_03_2.avi"))
    with pytest.raises(InputError, match=r"no such protocol.*4 \(an unseen light"):
        protocol_of(dataset, "5")
