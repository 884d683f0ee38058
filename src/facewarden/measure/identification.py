"""Who is enrolled, who is searched for, and what had to be left out, from folders of people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from facewarden.data import Float32
from facewarden.errors import InputError
from facewarden.measure.clips import Clip
from facewarden.measure.galleries import Kind, People, Sample
from facewarden.measure.photographs import Embedded
from facewarden.measure.searches import Probes, References


@dataclass(frozen=True, slots=True)
class Plan:
    """Which samples take which part.

    Attributes:
        enrol: photographs, sorted by person.
        probes: of people enrolled, and of strangers.
        unpaired: people with too few photographs to be enrolled and searched for.
        enrolled_strangers: people said to be non-mated whose name is enrolled; left out.
        unknown: people among the probes who are not enrolled, left out because others were given
            as non-mated.
    """

    enrol: tuple[Sample, ...]
    probes: tuple[Sample, ...]
    unpaired: tuple[str, ...] = ()
    enrolled_strangers: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def photographs(self) -> list[Path]:
        """Return every photograph once, sorted."""
        both = (*self.enrol, *self.probes)
        return sorted({sample.path for sample in both if sample.kind is Kind.PHOTOGRAPH})

    def clips(self) -> list[Sample]:
        """Return the probes that are clips."""
        return [sample for sample in self.probes if sample.kind is not Kind.PHOTOGRAPH]


def plan(gallery: People, probes: People, nonmated: People | None, references: int | None) -> Plan:
    """Deal the samples out.

    Where one folder is given as both, the first `references` photographs (1 unless said otherwise)
    of everybody who has more are enrolled, and the rest are probes; those who have no more are
    strangers.

    Args:
        references: photographs enrolled of each person, in the order of their names; None for all.
    """
    if gallery.root.resolve() == probes.root.resolve():
        enrol, searched, unpaired = _parted(probes, references or 1)
    else:
        enrol, searched, unpaired = _first(gallery, references), list(probes.samples), []
    if not enrol:
        raise InputError(
            "nobody can be enrolled",
            expected=f"more than {references or 1} photographs of a person",
            found="no folder with so many",
        )
    known = {sample.person for sample in enrol}
    if nonmated is None:
        return Plan(tuple(enrol), tuple(searched), tuple(unpaired))
    strangers = [sample for sample in nonmated.samples if sample.person not in known]
    return Plan(
        tuple(enrol),
        (*(sample for sample in searched if sample.person in known), *strangers),
        tuple(unpaired),
        _people(sample for sample in nonmated.samples if sample.person in known),
        _people(sample for sample in searched if sample.person not in known),
    )


def _first(people: People, references: int | None) -> list[Sample]:
    taken: dict[str, list[Sample]] = {}
    for sample in people.samples:
        if sample.kind is Kind.PHOTOGRAPH:
            taken.setdefault(sample.person, []).append(sample)
    return [sample for own in taken.values() for sample in own[:references]]


def _parted(people: People, references: int) -> tuple[list[Sample], list[Sample], list[str]]:
    owned: dict[str, list[Sample]] = {}
    for sample in people.samples:
        owned.setdefault(sample.person, []).append(sample)
    enrol, probes, unpaired = [], [], []
    for person, own in owned.items():
        photographs = [sample for sample in own if sample.kind is Kind.PHOTOGRAPH]
        if len(photographs) >= references and len(own) > references:
            enrol += photographs[:references]
            probes += [sample for sample in own if sample not in photographs[:references]]
        else:
            probes += own
            unpaired.append(person)
    return enrol, probes, unpaired


def _people(samples: Iterable[Sample]) -> tuple[str, ...]:
    return tuple(sorted({sample.person for sample in samples}))


@dataclass(frozen=True, slots=True)
class Excluded:
    """A file that takes no part, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is searched for among whom.

    Attributes:
        names: of the people, by number.
        references: enrolled.
        pooled: for each probe its (looks, d) templates after one look, two, ...; none where no
            look gave one. A photograph is one look.
        person: (n,) int64, whom each probe shows.
        samples: the n probes.
        excluded: files left out.
        faceless: photographs and clips without a template; they count as misses.
        not_enrolled: people none of whose photographs gave a reference; their probes are misses.
        others: clips in which other people were in view too.
    """

    names: tuple[str, ...]
    references: References
    pooled: tuple[Float32, ...]
    samples: tuple[Sample, ...]
    excluded: tuple[Excluded, ...]
    faceless: tuple[Path, ...]
    not_enrolled: tuple[str, ...]
    others: int

    def probes(self, looks: int | None = None) -> Probes:
        """Return the probes as they are after so many looks, or after all they have."""
        number = {name: i for i, name in enumerate(self.names)}
        found = np.array([len(own) > 0 for own in self.pooled], np.bool_)
        vectors = np.zeros((len(self.pooled), self.references.vectors.shape[1]), np.float32)
        for row in np.flatnonzero(found).tolist():
            own = self.pooled[row]
            vectors[row] = own[min(looks or len(own), len(own)) - 1]
        person = np.array([number[sample.person] for sample in self.samples], np.int64)
        return Probes(vectors, found, person)

    def references_of(self) -> list[int]:
        """Return how many references each person has who has any."""
        counts: list[int] = np.unique(self.references.person, return_counts=True)[1].tolist()
        return counts

    def clips_only(self) -> "Experiment":
        """Return the same list with only the probes that are clips."""
        rows = [i for i, one in enumerate(self.samples) if one.kind is not Kind.PHOTOGRAPH]
        return replace(
            self,
            pooled=tuple(self.pooled[row] for row in rows),
            samples=tuple(self.samples[row] for row in rows),
        )


def assemble(dealt: Plan, embedded: Embedded, clips: Mapping[Path, Clip]) -> Experiment:
    """Put templates in their places.

    A probe whose content is that of an enrolled photograph would only find itself: it is left out.

    Args:
        embedded: every photograph of the plan.
        clips: every clip of the plan, by path.

    Raises:
        InputError: no reference or no probe is left.
    """
    row = {path: i for i, path in enumerate(embedded.paths)}
    unread = {path for path, i in row.items() if not embedded.digest[i]}
    excluded = [Excluded(path, embedded.faults[row[path]]) for path in sorted(unread)]
    enrol = [sample for sample in dealt.enrol if sample.path not in unread]
    content = {embedded.digest[row[sample.path]]: sample for sample in enrol}
    samples, pooled = [], []
    for sample in dealt.probes:
        if sample.path in unread:
            continue
        if sample.kind is Kind.PHOTOGRAPH:
            place = row[sample.path]
            digests, own = {embedded.digest[place]}, embedded.vectors[place : place + 1]
            own = own[embedded.found[place : place + 1]]
        else:
            clip = clips[sample.path]
            digests, own = set(clip.digests), clip.pooled
            if not clip.frames:
                excluded.append(Excluded(sample.path, clip.fault))
                continue
        copy = next((content[digest] for digest in sorted(digests) if digest in content), None)
        if copy is not None:
            excluded.append(Excluded(sample.path, f"enrolled: the same content as {copy.path}"))
            continue
        samples.append(sample)
        pooled.append(own)
    usable = [sample for sample in enrol if embedded.found[row[sample.path]]]
    if not usable or not samples:
        raise InputError(
            "nothing is left to search" if not samples else "no photograph can be enrolled",
            found="; ".join(f"{one.path}: {one.reason}" for one in excluded[:3]),
        )
    names = tuple(sorted({sample.person for sample in (*dealt.enrol, *samples)}))
    number = {name: i for i, name in enumerate(names)}
    usable.sort(key=lambda sample: (sample.person, sample.path))
    enrolled = {sample.person for sample in dealt.enrol}
    missing = {sample.path for sample in (*enrol,) if not embedded.found[row[sample.path]]}
    missing |= {one.path for one, own in zip(samples, pooled, strict=True) if not len(own)}
    return Experiment(
        names,
        References(
            np.stack([embedded.vectors[row[sample.path]] for sample in usable]),
            np.array([number[sample.person] for sample in usable], np.int64),
            np.array(sorted(number[name] for name in enrolled), np.int64),
        ),
        tuple(pooled),
        tuple(samples),
        tuple(excluded),
        tuple(sorted(missing)),
        tuple(sorted(enrolled - {sample.person for sample in usable})),
        sum(clip.others > 0 for clip in clips.values()),
    )
