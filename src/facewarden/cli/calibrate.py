"""facewarden calibrate: fit how alike strangers are, so that budgets become thresholds."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import phases
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.same_person import SameOption, same_people
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.embed.looks_embedder import LooksEmbedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ModelRefused
from facewarden.evaluate.calibration_report import (
    factors_table,
    held_out_table,
    plots,
    tail_table,
)
from facewarden.evaluate.report import EvaluationReport, Table
from facewarden.models.registry import Registry
from facewarden.store.open import Store
from facewarden.wiring.eyes import make_eyes, with_model
from facewarden.wiring.stores import open_store_from

LISTED = 20
"""Files left out that are named in the table."""


def calibrate(
    cohort: Annotated[
        Path,
        typer.Option(help="Folder with a folder per person: photographs, videos, frames."),
    ],
    model: Annotated[
        str | None, typer.Option(help="Embedder to calibrate; default: the configured one.")
    ] = None,
    compose: Annotated[
        int,
        typer.Option(
            min=0,
            help="Without clips in the cohort, make footage of so many people; 0 keeps the "
            "factors of looks that the card has.",
        ),
    ] = 300,
    same: SameOption = None,
    dry_run: Annotated[bool, typer.Option(help="Fit and tell, but write nothing.")] = False,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Fit the tail of impostor similarities on people who are on no list; watchlists use it."""
    from facewarden.measure.calibrating import as_card, fit, read_cohort

    began = perf_counter()
    settings = settings_from(config, engine=engine)
    if model is not None:
        settings = with_model(settings, model)
    eyes = make_eyes(settings)
    embedder = eyes.of_looks
    if not isinstance(embedder, OnnxEmbedder | LooksEmbedder):
        raise ModelRefused(f"{embedder.model_id} has no card to calibrate")
    with _store(settings) as store, phases() as told:
        people = read_cohort(
            cohort,
            eyes,
            settings,
            store=store,
            compose=compose,
            same=same_people(same),
            told=told,
        )
    found = fit(people, embedder.tail)
    card = as_card(
        found,
        people,
        embedder,
        data=f"cohort {cohort.name}: {len(people.paths)} photographs of "
        f"{len(people.people)} people, {len(people.clips)} clips",
        command=command_line(),
    )
    warnings = []
    if not dry_run:
        path = Registry(settings.models.cache_dir).calibrate(embedder.scored_by, [card])
        warnings.append(f"written to {path}; running watches take it when they are started again")
    deliver(
        EvaluationReport(
            title=f"Calibration of {embedder.scored_by}",
            command=command_line(),
            models=tuple(f"{one} on {how}" for one, how in eyes.engines),
            data=(
                ("people", f"{found.compared.people:,}"),
                ("photographs", f"{len(people.paths):,}"),
                ("clips", card.looks_from),
                ("comparisons", f"{found.compared.count:,}"),
                ("pairs of people in the tail", f"{found.compared.pairs:,}"),
            ),
            made_at=datetime.now(UTC),
            seconds=perf_counter() - began,
            tables=(
                tail_table(found.tail, found.again),
                held_out_table(found.checks),
                factors_table(found.tail),
                _left_out(people.left_out),
            ),
            plots=plots(found.compared, found.tail),
            warnings=tuple(warnings),
            figures=card.model_dump(mode="json"),
        ),
        html,
        json_file,
    )


def _store(settings: Settings) -> AbstractContextManager[Store | None]:
    """Open the store, where there is one, to know who is enrolled."""
    place = settings.store.database
    if isinstance(place, Path) and not place.exists():
        return nullcontext()
    return open_store_from(settings, create=False)


def _left_out(why: dict[Path, str]) -> Table:
    rows = tuple((str(path), reason) for path, reason in list(why.items())[:LISTED])
    return Table(
        "Left out",
        ("file", "why"),
        rows,
        note=f"{len(why) - LISTED} more" if len(why) > LISTED else "",
    )
