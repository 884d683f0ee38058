"""The seed's three tables, with what we know of its figures beside ours.

The seed is a paper on face anti-spoofing with an AlexNet of (2+1)D convolutions over five frames,
optical-flow features of FlowNetS, metric losses and a cosine score, measured on SiW. Of its Tables
II, III and IV this project has what they compare, that ArcFace was its best loss, and one figure:
11.26 % ACER in SiW's protocol 3. Its other figures are not at hand, and none is made up here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Cell, Table

LOSSES = {
    "softmax": "cross-entropy",
    "contrastive": "contrastive",
    "triplet": "triplet",
    "arcface": "ArcFace",
    "cosface": "CosFace",
    "sphereface": "SphereFace",
    "arcface+triplet": "ArcFace + triplet",
    "arcface+contrastive": "ArcFace + contrastive",
}
"""The losses that the seed compares: our name and its."""

FRAMES = (2, 3, 5)
"""Frames of a clip that the seed compares."""

SEED_SIW = {"3": 11.26}
"""ACER in %, by protocol of SiW, as far as it is known."""

AUTHORS_SIW = {"1": "3.58 %", "2": "0.57 +- 0.69 %", "3": "8.31 +- 3.81 %"}
"""The same of the data set's authors (Liu, Jourabloo and Liu 2018, "Auxiliary")."""

UNKNOWN = "not at hand"

NOTE = (
    "The seed's figures are of SiW, ours of the clips of this run: they stand side by side for "
    "orientation. Of the seed's tables one figure is at hand; the others are left open."
)


@dataclass(frozen=True, slots=True)
class OurModel:
    """A model that was judged.

    Attributes:
        loss: as the laboratory names it; empty where its card does not tell.
        frames: that it sees at once.
        acer: at the threshold of other people.
    """

    name: str
    loss: str
    frames: int
    acer: Estimate


def seed_tables(ours: Sequence[OurModel], siw_protocol: str = "") -> tuple[Table, ...]:
    """Return the seed's comparisons of losses, of frames, and of SiW's protocols.

    Args:
        ours: nothing gives no table; without a loss that is told, there is none of losses.
        siw_protocol: of SiW that was run; empty where it was another set.
    """
    if not ours:
        return ()
    losses = (_losses(ours),) if any(one.loss for one in ours) else ()
    return (*losses, _frames(ours), _protocols(ours, siw_protocol))


def _losses(ours: Sequence[OurModel]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for loss, spoken in LOSSES.items():
        of = [one for one in ours if one.loss.lower() == loss]
        best = "best, figure not at hand" if loss == "arcface" else UNKNOWN
        rows += [(spoken, best, one.acer, one.name) for one in of] or [(spoken, best, None, "-")]
    return Table("As the seed compares: losses, ACER", _COLUMNS, tuple(rows), note=NOTE)


def _frames(ours: Sequence[OurModel]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for frames in sorted({*FRAMES, *(one.frames for one in ours)}):
        of = [one for one in ours if one.frames == frames]
        seed = UNKNOWN if frames in FRAMES else None
        rows += [(str(frames), seed, one.acer, one.name) for one in of] or [
            (str(frames), seed, None, "-")
        ]
    return Table("As the seed compares: frames of a clip, ACER", _COLUMNS, tuple(rows), note=NOTE)


def _protocols(ours: Sequence[OurModel], siw_protocol: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for protocol, authors in AUTHORS_SIW.items():
        known = SEED_SIW.get(protocol)
        seed = UNKNOWN if known is None else f"{known:.2f} %"
        of = ours if protocol == siw_protocol else ()
        rows += [(protocol, seed, authors, one.acer, one.name) for one in of] or [
            (protocol, seed, authors, None, "-")
        ]
    if not siw_protocol:
        rows += [("these clips", None, None, one.acer, one.name) for one in ours]
    return Table(
        "As the seed compares: protocols of SiW, ACER",
        ("protocol", "seed", "SiW's authors", "ours", "model"),
        tuple(rows),
        note=NOTE,
    )


_COLUMNS = ("what", "seed", "ours", "model")
