"""facewarden train: which commands there are."""

import typer

from facewarden.cli.train.prepare import prepare
from facewarden.cli.train.preview import preview

app = typer.Typer(
    name="train",
    help="Prepare faces, train networks and compare them.",
    no_args_is_help=True,
)
app.command()(prepare)
app.command()(preview)
