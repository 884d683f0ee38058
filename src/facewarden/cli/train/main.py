"""facewarden train: which commands there are; each stands in a file of its own."""

import typer

from facewarden.cli.lazy_commands import lazy_group

COMMANDS = {
    **{
        name: f"facewarden.cli.train.{name}:{name}"
        for name in (
            "prepare",
            "preview",
            "run",
            "resume",
            "curves",
            "export",
            "compare",
            "classify",
        )
    },
    "presentation": "facewarden.cli.train.presentation:app",
}
"""Where each command stands, in the order of the help."""

app = typer.Typer(
    name="train",
    help="Prepare faces, train networks and compare them.",
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
)


@app.callback()
def train() -> None:
    """Prepare faces, train networks and compare them."""
