"""facewarden pad: what can be done; each command stands in a file of its own."""

import typer

from facewarden.cli.lazy_commands import lazy_group

COMMANDS = {
    "check": "facewarden.cli.pad.check:check",
    "simulate": "facewarden.cli.pad.simulate:simulate",
}
"""Where each command stands, in the order of the help."""

app = typer.Typer(
    name="pad",
    help="Presentation attack detection: make attacks, and judge pictures and clips.",
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
)


@app.callback()
def pad() -> None:
    """Presentation attack detection: make attacks, and judge pictures and clips."""
