from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import InputError
from facewarden.measure.clips import Clip
from facewarden.measure.galleries import Kind, Sample, read_people
from facewarden.measure.identification import Experiment, Plan, assemble, plan
from facewarden.measure.photographs import Embedded
from factories import unit_rows


def tree(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(file.encode())
    return root


def test_photographs_folders_of_frames_and_videos(tmp_path: Path) -> None:
    root = tree(
        tmp_path, "ann/1.jpg", "ann/walk/0.png", "ann/walk/1.png", "ann/b.MP4", "ann/note.txt",
        "bob/x.pdf", "bob/nothing/a.txt",
    )  # fmt: skip
    (root / "cleo").mkdir()
    people = read_people(root, clips=True)
    assert [(one.path.name, one.kind) for one in people.samples] == [
        ("1.jpg", Kind.PHOTOGRAPH),
        ("b.MP4", Kind.VIDEO),
        ("walk", Kind.FRAMES),
    ]
    assert people.empty == ("bob", "cleo")
    assert [path.name for path in people.unused] == ["note.txt", "nothing", "x.pdf"]
    stills = read_people(root, clips=False)
    assert [one.path.name for one in stills.samples] == ["1.jpg"]
    assert {"walk", "b.MP4"} <= {path.name for path in stills.unused}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "no folder per person"),
        (("1.jpg", "2.jpg"), "2 photographs without a person"),
        (("ann/a.txt",), "are empty"),
    ],
)
def test_a_folder_of_nobody_is_refused(tmp_path: Path, files: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_people(tree(tmp_path, *files), clips=True)
    with pytest.raises(InputError, match="no folder at"):
        read_people(tmp_path / "none", clips=True)


def names(samples: tuple[Sample, ...]) -> list[str]:
    return [one.path.name for one in samples]


def test_one_folder_for_both_sides_is_parted(tmp_path: Path) -> None:
    files = ("ann/a1.jpg", "ann/a2.jpg", "ann/a3.jpg", "bob/b1.jpg")
    people = read_people(tree(tmp_path, *files), clips=True)
    dealt = plan(people, people, None, None)
    assert names(dealt.enrol) == ["a1.jpg"]
    assert names(dealt.probes) == ["a2.jpg", "a3.jpg", "b1.jpg"]
    assert dealt.unpaired == ("bob",)
    assert names(plan(people, people, None, 2).enrol) == ["a1.jpg", "a2.jpg"]
    with pytest.raises(InputError, match="nobody can be enrolled"):
        plan(people, people, None, 3)


def test_strangers_who_are_enrolled_are_named(tmp_path: Path) -> None:
    def folder(name: str, *files: str) -> Path:
        return tree(tmp_path / name, *files)

    gallery = read_people(folder("g", "ann/1.jpg", "ann/2.jpg", "bob/1.jpg"), clips=False)
    probes = read_people(folder("p", "ann/3.jpg", "cleo/1.jpg"), clips=True)
    strange = read_people(folder("n", "bob/9.jpg", "dora/1.jpg"), clips=True)
    dealt = plan(gallery, probes, strange, 1)
    assert names(dealt.enrol) == ["1.jpg", "1.jpg"]
    assert [one.person for one in dealt.probes] == ["ann", "dora"]
    assert dealt.enrolled_strangers == ("bob",)
    assert dealt.unknown == ("cleo",)
    assert [one.person for one in plan(gallery, probes, None, None).probes] == ["ann", "cleo"]


def assembled(
    dealt: Plan,
    clips: dict[Path, Clip] | None = None,
    *,
    faceless: tuple[str, ...] = (),
    torn: tuple[str, ...] = (),
) -> Experiment:
    paths = dealt.photographs()
    lost = {path for path in paths if path.name in (*faceless, *torn)}
    vectors = unit_rows(1, len(paths))
    embedded = Embedded(
        tuple(paths),
        vectors,
        np.array([path not in lost for path in paths]),
        np.ones(len(paths), np.float32),
        # The files of `tree` hold their own names.
        tuple("" if path.name in torn else path.read_bytes().decode() for path in paths),
        {i: "torn" if path.name in torn else "no face" for i, path in enumerate(paths)},
        "a",
    )
    return assemble(dealt, embedded, clips or {})


def test_a_photograph_that_is_enrolled_is_no_probe(tmp_path: Path) -> None:
    gallery = read_people(tree(tmp_path / "g", "ann/1.jpg", "bob/1.jpg"), clips=False)
    probes_root = tree(tmp_path / "p", "ann/1.jpg", "ann/2.jpg", "eve/1.jpg")
    (probes_root / "eve" / "1.jpg").write_bytes(b"bob/1.jpg")  # bob under another name
    found = assembled(plan(gallery, read_people(probes_root, clips=True), None, None))
    assert [one.path.parent.name for one in found.excluded] == ["ann", "eve"]
    assert all("the same content" in one.reason for one in found.excluded)
    assert names(found.samples) == ["2.jpg"]


def test_a_person_without_a_usable_photograph_is_missed_and_named(tmp_path: Path) -> None:
    gallery = read_people(tree(tmp_path / "g", "ann/1.jpg", "bob/b.jpg", "cy/c.jpg"), clips=False)
    probes = read_people(tree(tmp_path / "p", "ann/2.jpg", "bob/2.jpg", "cy/t.jpg"), clips=True)
    found = assembled(plan(gallery, probes, None, None), faceless=("b.jpg",), torn=("t.jpg",))
    assert found.not_enrolled == ("bob",)
    assert [path.name for path in found.faceless] == ["b.jpg"]
    assert [(one.path.name, one.reason) for one in found.excluded] == [("t.jpg", "torn")]
    # Bob is on the list all the same: his probe is mated, and will be missed.
    assert len(found.references.enrolled) == 3
    assert len(found.references.vectors) == 2
    assert [one.person for one in found.samples] == ["ann", "bob"]


def test_clips_after_one_look_and_after_all(tmp_path: Path) -> None:
    gallery = read_people(tree(tmp_path / "g", "ann/1.jpg"), clips=False)
    root = tree(tmp_path / "p", "ann/a.mp4", "bob/b.mp4", "bob/c.mp4", "bob/d/1.jpg")
    dealt = plan(gallery, read_people(root, clips=True), None, None)
    looks = unit_rows(5, 3)
    none = np.zeros((0, 16), np.float32)
    clips = {
        root / "ann/a.mp4": Clip(looks, 9, others=2),
        root / "bob/b.mp4": Clip(none, 4, fault="no look was good enough"),
        root / "bob/c.mp4": Clip(none, 0, fault="it is not a video"),
        root / "bob/d": Clip(looks[:1], 1, digests=frozenset({"ann/1.jpg"})),
    }
    found = assembled(dealt, clips)
    assert found.others == 1
    assert [one.path.name for one in found.excluded] == ["c.mp4", "d"]
    assert [path.name for path in found.faceless] == ["b.mp4"]
    for count, row in ((1, 0), (2, 1), (None, 2), (7, 2)):
        probes = found.probes(count)
        assert probes.found.tolist() == [True, False]
        np.testing.assert_array_equal(probes.vectors[0], looks[row])
    assert len(found.clips_only().samples) == 2


def test_references_are_taken_in_their_order(tmp_path: Path) -> None:
    gallery = read_people(tree(tmp_path / "g", "ann/1.jpg", "ann/2.jpg", "bob/1.jpg"), clips=False)
    probes = read_people(tree(tmp_path / "p", "ann/3.jpg"), clips=True)
    references = assembled(plan(gallery, probes, None, None)).references
    assert references.person.tolist() == [0, 0, 1]
    first = references.first(1)
    assert first.person.tolist() == [0, 1]
    np.testing.assert_array_equal(first.vectors, references.vectors[[0, 2]])


def test_nothing_left_to_search_is_refused(tmp_path: Path) -> None:
    gallery = read_people(tree(tmp_path / "g", "ann/1.jpg"), clips=False)
    probes = read_people(tree(tmp_path / "p", "ann/1.jpg"), clips=True)
    with pytest.raises(InputError, match="nothing is left to search"):
        assembled(plan(gallery, probes, None, None))
    other = plan(gallery, read_people(tree(tmp_path / "q", "ann/2.jpg"), clips=True), None, None)
    with pytest.raises(InputError, match="no photograph can be enrolled"):
        assembled(other, faceless=("1.jpg",))
