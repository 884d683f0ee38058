"""Whom attacks are simulated of: people in clips, or on photographs; who is left out, and why."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from facewarden.cli.consoles import results
from facewarden.cli.evaluate.progress import progress
from facewarden.detect.detector import Detector
from facewarden.errors import InputError
from facewarden.recapture.genuine import Genuine, everybody, one_person
from facewarden.recapture.photograph import one_photograph, photographs_in

_FEW = 10
"""So many are left out by name; of more the reasons are counted."""

_Finder = Callable[[], list[Genuine]]


def people_of_clips(
    clips: Sequence[Path], crowds: Sequence[Path], detector: Detector, seconds: float
) -> list[Genuine]:
    """Return the people of all clips that can be used; say why the others cannot.

    Raises:
        InputError: none can.
    """

    def alone(path: Path) -> _Finder:
        return lambda: [one_person(path, detector, least_s=seconds)]

    def crowd(path: Path) -> _Finder:
        return lambda: everybody(path, detector, least_s=seconds)

    return _found([*((path, alone(path)) for path in clips), *((p, crowd(p)) for p in crowds)])


def people_of_photographs(paths: Sequence[Path], detector: Detector) -> list[Genuine]:
    """Return the people of all photographs that can be used; say why the others cannot.

    Raises:
        InputError: none can, or two people have one name.
    """

    def alone(path: Path, subject: str) -> _Finder:
        return lambda: [one_photograph(path, subject, detector)]

    return _found([(path, alone(path, subject)) for subject, path in photographs_in(paths)])


def _found(sources: Sequence[tuple[Path, _Finder]]) -> list[Genuine]:
    people: list[Genuine] = []
    faults: list[tuple[Path, InputError]] = []
    with progress("looking for faces", len(sources)) as done:
        for number, (path, find) in enumerate(sources):
            try:
                people += find()
            except InputError as error:
                faults.append((path, error))
            done(number + 1)
    if not people:
        raise faults[0][1]
    if len(faults) <= _FEW:
        lines = [f"left out: {fault}" for _, fault in faults]
    else:
        whys = Counter(fault.what.removeprefix(f"{path}: ") for path, fault in faults)
        counted = "; ".join(f"{count:,}: {why}" for why, count in whys.most_common())
        lines = [f"left out: {len(faults):,} of {len(sources):,}, {counted}"]
    for line in lines:
        results().print(line, markup=False, soft_wrap=True)
    return people
