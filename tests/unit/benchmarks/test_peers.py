"""The benchmark of peers: its arithmetic, and the processes it talks to."""

import os
import signal
import sys
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from benchmarks.peer_process import Answer, PeerFailure, Worker
from benchmarks.peers import PEERS, UNFOUND, Run, clips_of, pooled, searched, verified

from facewarden.data import Float32
from facewarden.models.phantom import draw_phantom

COSINE, DISTANCE = (next(one for one in PEERS if one.distance is way) for way in (False, True))


class Ended:
    """What is left of a worker when the figures are computed."""

    told = "a peer"
    peak_mib = 100.0


def run(vectors: dict[str, list[float]], *, distance: bool = False) -> Run:
    peer = DISTANCE if distance else COSINE
    made = Run(peer, cast("Worker", Ended()))
    for name, vector in vectors.items():
        made.take(Path(name), Answer(np.array(vector, np.float32), "", 0.01, 0.02))
    return made


def test_a_face_that_is_not_found_is_like_nobody() -> None:
    either = run({"a": [1, 0], "b": []})
    assert either.score(either.vectors[Path("a")], either.vectors[Path("b")]) == UNFOUND


@pytest.mark.parametrize("distance", [False, True])
def test_the_nearer_the_more_alike(distance: bool) -> None:
    made = run({"a": [2, 0], "near": [2, 0.2], "far": [0, 2]}, distance=distance)
    one, near, far = (made.vectors[Path(name)] for name in ("a", "near", "far"))
    assert made.score(one, one) >= made.score(one, near) > made.score(one, far) > UNFOUND


def test_length_counts_for_a_distance_only() -> None:
    long, short = np.array([3, 0], np.float32), np.array([1, 0], np.float32)
    assert run({}).score(long, short) == pytest.approx(1)
    assert run({}, distance=True).score(long, short) == pytest.approx(-2)


def test_figures_of_lfw() -> None:
    """Two people, told apart in all pairs but the one whose face was not found."""
    made = run({"a1": [1, 0], "a2": [0.9, 0.1], "b1": [0, 1], "b2": [0.1, 1], "a3": []})
    left = [Path(n) for n in ("a1", "a1", "b1", "a2", "a1", "b2", "a1", "a2")]
    right = [Path(n) for n in ("a2", "b1", "b2", "b2", "a3", "a1", "a2", "b1")]
    same = np.array([True, False, True, False, True, False, True, False])
    row = verified(made, left, right, same, np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    assert row.accuracy == pytest.approx(7 / 8)
    assert (row.unfound, row.pictures, row.pairs) == (1, 5, 8)
    assert row.cpu_ms == pytest.approx(10)


def test_search_of_clips(tmp_path: Path) -> None:
    """Of two mated clips one is found; the face of the other was not."""
    gallery = {"a": Path("a"), "b": Path("b")}
    clips = {"a": [[Path("a1"), Path("a2")]], "b": [[Path("b1")]], "c": [[Path("c1")]] * 200}
    vectors: dict[str, list[float]] = {"a": [1, 0, 0], "b": [0, 1, 0], "a1": [1, 0.1, 0]}
    made = run(vectors | {"a2": [], "b1": [], "c1": [0.1, 0.1, 1]})
    found = searched(made, made, gallery, clips)
    assert (found["enrolled"], found["mated"], found["non_mated"]) == (2, 2, 200)
    assert found["rank_1"] == found["fnir_at_fpir_0.01"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("distance", "expected"), [(False, [0.5, 0.5]), (True, [2.0, 0.5])], ids=["cosine", "distance"]
)
def test_pooling_is_a_mean(distance: bool, expected: list[float]) -> None:
    made = run({"x": [4, 0], "y": [0, 1], "none": []}, distance=distance)
    mean: Float32 = pooled(made, [Path("x"), Path("y"), Path("none")])
    np.testing.assert_allclose(mean, expected)


def test_clips_are_folders_of_folders(tmp_path: Path) -> None:
    for name in ("anna/one/0.jpg", "anna/one/1.jpg", "anna/two/0.jpg", "anna/empty/note.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    clips = clips_of(tmp_path)
    assert {person: [len(clip) for clip in its] for person, its in clips.items()} == {
        "anna": [2, 1]
    }


def test_a_worker_that_cannot_start_says_why() -> None:
    with pytest.raises(PeerFailure, match=r"exit 2.*no_such_peer\.py"):
        Worker(Path(sys.executable), "no_such_peer.py")


def test_facewarden_in_a_process_of_its_own(tmp_path: Path, models_dir: Path) -> None:
    face, nothing, broken = (tmp_path / name for name in ("face.png", "nothing.png", "broken.jpg"))
    cv2.imwrite(str(face), draw_phantom(200, 200, ((100, 100, 60),)))
    cv2.imwrite(str(nothing), np.full((200, 200, 3), 90, np.uint8))
    broken.write_bytes(b"\xff\xd8 no picture")
    worker = Worker(Path(sys.executable), "facewarden_user.py", "frame")
    try:
        answers = worker.embed([face, nothing, broken])
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(PeerFailure, match="exit -9"):
            worker.embed([face])
    finally:
        worker.close()
    assert [len(answer.vector) for answer in answers] == [128, 0, 0]
    assert answers[0].cpu_s > 0
    assert [bool(answer.fault) for answer in answers] == [False, False, True]
    assert worker.peak_mib > 50
