"""facewarden evaluate: what can be measured; each command stands in a file of its own."""

import typer

from facewarden.cli.evaluate.compose import compose
from facewarden.cli.evaluate.detection import detection
from facewarden.cli.evaluate.fairness import fairness
from facewarden.cli.evaluate.identification import identification
from facewarden.cli.evaluate.landmarks import landmarks
from facewarden.cli.evaluate.presentation import presentation
from facewarden.cli.evaluate.verification import verification
from facewarden.cli.evaluate.watch import watch

app = typer.Typer(
    name="evaluate",
    help="Measure error rates in the field's protocols, with intervals.",
    no_args_is_help=True,
)
app.command()(compose)
app.command()(detection)
app.command()(fairness)
app.command()(landmarks)
app.command()(identification)
app.command()(presentation)
app.command()(verification)
app.command()(watch)
