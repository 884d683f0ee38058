"""Makes the clips of many presentations, their parameters and their list."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2

from facewarden.compose.h264 import write
from facewarden.errors import InputError
from facewarden.measure.clip_list import ATTACK, BONA_FIDE, COLUMNS
from facewarden.recapture.drawing import Size, drawn_clip
from facewarden.recapture.eye_holes import BEHIND
from facewarden.recapture.film import Extent, Film, film
from facewarden.recapture.genuine import Genuine
from facewarden.recapture.parameters import ClipParameters
from facewarden.recapture.presentation import needed, presentation
from facewarden.recapture.species import Species
from facewarden.recapture.surroundings import other_place
from facewarden.worker_pool import worker_pool

CLIPS = "clips.csv"
_MARK = "simulation.json"
_SIMULATOR = 3
"""Grows with each change of what the same parameters give: clips of two are never mixed."""
_FINER = 1.1
"""How much finer than the camera sees it the genuine clip is kept."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is to be made of each person.

    Attributes:
        per_subject: clips of each; `bona_fide`: share of these that are bona fide presentations.
        species: attacks, dealt evenly over the others.
        seed: of everything random.
        seconds, fps: of a clip.
        size: width and height of the clips, px; None draws them.
    """

    per_subject: int
    species: tuple[Species, ...]
    seed: int = 1
    bona_fide: float = 0.4
    seconds: float = 2.0
    fps: int = 25
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One clip to be made.

    Attributes:
        name: of its file below the folder, without the ending.
    """

    name: str
    person: Genuine
    other: Genuine
    parameters: ClipParameters


def planned(people: Sequence[Genuine], simulation: Simulation) -> list[Task]:
    """Draw the clips of all people; those of somebody with several photographs go around them.

    A person's clips depend on the simulation and their name only, apart from whose eyes are behind
    the holes of cut prints.

    Raises:
        InputError: nobody, or two clips of one name.
    """
    if not people:
        raise InputError("there is nobody to make clips of", expected="one usable clip or more")
    subjects = _subjects(people)
    # Whoever walks through a crowd looks elsewhere: the eyes behind are of a clip of their own.
    alone = [subject for subject in subjects if not subject[0].crowd]
    place_alone = {subject[0].subject: place for place, subject in enumerate(alone)}
    genuine = round(simulation.bona_fide * simulation.per_subject)
    tasks = []
    for place, subject in enumerate(subjects):
        name = subject[0].subject
        first = _number(f"{simulation.seed}:{name}")
        for number in range(simulation.per_subject):
            species = (
                Species.BONA_FIDE
                if number < genuine
                else simulation.species[(number - genuine + first) % len(simulation.species)]
            )
            others = (
                _another(alone, place_alone.get(name), place + number)
                or _another(subjects, place, place + number)
                or subject
            )
            person, other = (of[(first + number) % len(of)] for of in (subject, others))
            parameters = drawn_clip(
                person,
                species,
                seed=_number(f"{simulation.seed}:{name}:{number}"),
                duration_s=simulation.seconds,
                fps=simulation.fps,
                size=simulation.size,
                other=other,
            )
            word = species.replace(" ", "-")
            tasks.append(Task(f"{name}/{number:03d}-{word}", person, other, parameters))
    return tasks


def _subjects(people: Sequence[Genuine]) -> list[list[Genuine]]:
    """Return what there is of each person: one clip, or photographs."""
    subjects: dict[str, list[Genuine]] = {}
    for person in people:
        before = subjects.setdefault(person.subject, [])
        before.append(person)
        if len(before) > 1 and not all(one.still for one in before[-2:]):
            raise InputError(
                f"two clips are named {person.subject}", remedy="rename one of the files"
            )
    return list(subjects.values())


def _another(subjects: Sequence[list[Genuine]], own: int | None, turn: int) -> list[Genuine] | None:
    """Return one by turns; not the one at `own`."""
    count = len(subjects) - (own is not None)
    if not count:
        return None
    at = turn % count
    return subjects[at + (own is not None and at >= own)]


def simulate(
    people: Sequence[Genuine],
    simulation: Simulation,
    out: Path,
    *,
    workers: int = 1,
    done: Callable[[int], None] = lambda _: None,
) -> list[Task]:
    """Write OUT/SUBJECT/NUMBER-SPECIES.mp4 with its parameters (.json), and OUT/clips.csv.

    What an interrupted run of the same simulation has made already is kept.

    Raises:
        InputError: `out` holds something else, or a genuine clip or photograph cannot be read any
            more.
        OSError: the disk is full.
    """
    tasks = planned(people, simulation)
    _claim(out, simulation, people)
    left = [task for task in tasks if not (out / f"{task.name}.json").exists()]
    made = len(tasks) - len(left)
    done(made)
    with worker_pool(workers) as pool:
        for future in as_completed([pool.submit(_make, task, out) for task in left]):
            future.result()
            made += 1
            done(made)
    _write_list(tasks, out / CLIPS)
    return tasks


def make_clip(task: Task, file: Path) -> None:
    """Write one clip (MP4)."""
    chosen = task.parameters
    shown = _film(task.person, chosen, chosen.start_s, needed(chosen))
    behind = _film(task.other, chosen, chosen.behind_s, BEHIND) if chosen.holes else None
    write(
        presentation(shown, chosen, behind),
        file,
        size=chosen.camera.size,
        fps=chosen.fps,
        quality=chosen.camera.quality,
        threads=1,
    )


def _film(person: Genuine, chosen: ClipParameters, start_s: float, extent: Extent) -> Film:
    return film(
        person,
        start_s=start_s,
        duration_s=chosen.duration_s,
        fps=chosen.fps,
        face_px=_FINER * chosen.face_px * chosen.camera.sensor_share,
        extent=extent,
        mirrored=chosen.mirrored,
        goes_on=chosen.goes_on,
        around=None if chosen.own_place else other_place(chosen.seed),
    )


def _make(task: Task, out: Path) -> None:
    """Write a clip and then its parameters, which say that it is whole."""
    cv2.setNumThreads(1)
    clip = out / f"{task.name}.mp4"
    clip.parent.mkdir(exist_ok=True)
    unfinished = clip.with_suffix(".part")
    try:
        make_clip(task, unfinished)
        unfinished.replace(clip)
    finally:
        unfinished.unlink(missing_ok=True)
    task.parameters.write(clip.with_suffix(".json"))


def _claim(out: Path, simulation: Simulation, people: Sequence[Genuine]) -> None:
    """Make the folder ours.

    Raises:
        InputError: it holds something else, or another simulation.
    """
    plain = asdict(simulation) | {
        "simulator": _SIMULATOR,
        "subjects": [person.subject for person in people],
    }
    wanted = json.dumps(plain, indent=1)
    mark = out / _MARK
    if mark.is_file():
        if mark.read_text(encoding="utf-8") != wanted:
            raise InputError(
                f"{out} holds another simulation",
                remedy="name a new folder with --out, or ask for the same clips to go on with it",
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not an empty folder", remedy="name a new folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text(wanted, encoding="utf-8")


def _write_list(tasks: Sequence[Task], file: Path) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for task in tasks:
        chosen = task.parameters
        attack = chosen.species.attack
        rows.writerow(
            [
                f"{task.name}.mp4",
                chosen.subject,
                ATTACK if attack else BONA_FIDE,
                chosen.species.value if attack else "",
                chosen.instrument,
                "",
                "",
            ]
        )
    unfinished = file.with_suffix(".part")
    unfinished.write_text(text.getvalue(), encoding="utf-8")
    unfinished.replace(file)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "little")
