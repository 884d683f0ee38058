"""facewarden train: which commands there are."""

import typer

from facewarden.cli.train.classify import classify
from facewarden.cli.train.compare import compare
from facewarden.cli.train.curves import curves
from facewarden.cli.train.export import export
from facewarden.cli.train.prepare import prepare
from facewarden.cli.train.presentation import app as presentation
from facewarden.cli.train.preview import preview
from facewarden.cli.train.resume import resume
from facewarden.cli.train.run import run

app = typer.Typer(
    name="train",
    help="Prepare faces, train networks and compare them.",
    no_args_is_help=True,
)
app.command()(prepare)
app.command()(preview)
app.command()(run)
app.command()(resume)
app.command()(curves)
app.command()(export)
app.command()(compare)
app.command()(classify)
app.add_typer(presentation)
