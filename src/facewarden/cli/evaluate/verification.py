"""facewarden evaluate verification: pairs of photographs, one person or two?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.embed.embedder import Embedder
from facewarden.errors import ModelRefused
from facewarden.evaluate.report import EvaluationReport, Picture, Table
from facewarden.evaluate.verification import AtThreshold, Verification
from facewarden.evaluate.verification_report import figures, plots, tables
from facewarden.measure.compare import Compared, compare
from facewarden.measure.contact_sheet import SheetPair, contact_sheet
from facewarden.measure.pairs import FOLDS, read_pairs
from facewarden.measure.photographs import embed_photographs
from facewarden.wiring.eyes import make_examiner, make_eyes

WORST = 12
"""Pairs of each kind on the contact sheet."""
LISTED = 20
"""Files in the table; the JSON names all."""
CARD_FMRS = (1e-3, 1e-4, 1e-5)


def verification(
    root: Annotated[Path, typer.Argument(help="Folder of the photographs.")],
    pairs: Annotated[
        Path,
        typer.Option(
            help="LFW's pairs.txt, or CSV with the columns left, right, same and perhaps fold."
        ),
    ],
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Measure how well pairs of photographs are told apart: accuracy, ROC, TMR at FMR."""
    began = perf_counter()
    listed = read_pairs(pairs, root)
    eyes = make_eyes(settings_from(config, engine=engine), looks=False)
    files = listed.files()
    with progress("photographs", len(files)) as done:
        embedded = embed_photographs(files, make_examiner(eyes), done=done)
    compared = compare(listed, embedded)
    found = Verification(compared.scores)
    product = _at_card(found, eyes.embedder)
    problems = _unread(compared, root)
    report = EvaluationReport(
        title="Verification",
        command=command_line(),
        models=tuple(f"{model} on {how}" for model, how in eyes.engines),
        data=(
            ("photographs", f"{len(files):,} of {compared.scores.subjects:,} people in {root}"),
            (
                "pairs",
                f"{found.genuine:,} of one person, {found.impostors:,} of two people"
                + (f"; of {len(listed):,} listed" if len(listed) > len(compared.pairs) else ""),
            ),
            ("folds", "as listed" if listed.folds_given else f"{FOLDS}, dealt in turn"),
        ),
        made_at=datetime.now(UTC),
        seconds=perf_counter() - began,
        tables=(*tables(found, product), *problems),
        plots=plots(found, product),
        pictures=_worst(found, compared, root),
        warnings=tuple(_warnings(compared, root)),
        figures={
            **figures(found, product),
            "unread": [
                {"file": _short(one.path, root), "reason": one.reason, "pairs": one.pairs}
                for one in compared.unread
            ],
            "pairs_without_a_file": compared.lost,
            "same_photograph_on_both_sides": _named(compared.same_content, root),
            "no_template": [_short(path, root) for path in compared.faceless],
            "copies": _named(compared.copies, root),
        },
    )
    deliver(report, html, json_file)


def _at_card(found: Verification, embedder: Embedder) -> list[AtThreshold]:
    at = []
    for rate in CARD_FMRS:
        try:
            at.append(found.at(f"card, FMR {100 * rate:g} %", embedder.similarity_at(rate)))
        except ModelRefused:
            continue
    return at


def _unread(compared: Compared, root: Path) -> list[Table]:
    if not compared.unread:
        return []
    rows = [(_short(one.path, root), one.reason, one.pairs) for one in compared.unread[:LISTED]]
    more = len(compared.unread) - len(rows)
    return [
        Table(
            "Files that could not be read",
            ("file", "why", "pairs left out"),
            tuple(rows),
            note=f"and {more:,} more, named in the JSON" if more else "",
        )
    ]


def _warnings(compared: Compared, root: Path) -> list[str]:
    found = []
    if compared.unread:
        found.append(
            f"{len(compared.unread):,} files that the list names could not be read: "
            f"{compared.lost:,} pairs are left out, and the figures are of the rest"
        )
    if compared.same_content:
        found.append(
            f"{len(compared.same_content):,} pairs have one photograph on both sides and are left "
            f"out: {_few(compared.same_content, root)}"
        )
    if compared.faceless:
        names = ", ".join(_short(path, root) for path in compared.faceless[:5])
        found.append(
            f"{len(compared.faceless):,} photographs gave no template, for want of a face or of a "
            f"finite answer of the model ({names}); their pairs count with similarity 0, as pairs "
            "of strangers"
        )
    if compared.copies:
        found.append(
            f"{len(compared.copies):,} files are copies of others: {_few(compared.copies, root)}"
        )
    return found


def _few(pairs: Sequence[tuple[Path, Path]], root: Path) -> str:
    names = [f"{_short(one, root)} and {_short(other, root)}" for one, other in pairs[:5]]
    return "; ".join(names) + ("; ..." if len(pairs) > len(names) else "")


def _named(pairs: Sequence[tuple[Path, Path]], root: Path) -> list[list[str]]:
    return [[_short(one, root), _short(other, root)] for one, other in pairs]


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _worst(found: Verification, compared: Compared, root: Path) -> tuple[Picture, ...]:
    impostors, genuine = found.worst(WORST)
    sheets = (
        ("The most alike pairs of two people", impostors),
        ("The least alike pairs of one person", genuine),
    )
    pictures = []
    for title, rows in sheets:
        pairs = []
        for row in rows.tolist():
            left, right = compared.pairs.left[row], compared.pairs.right[row]
            similarity = f"similarity {compared.scores.similarity[row]:.3f}"
            pairs.append(SheetPair(left, right, (similarity, left.stem, right.stem)))
        pictures.append(Picture(title, contact_sheet(pairs), f"Photographs below {root}"))
    return tuple(pictures)
