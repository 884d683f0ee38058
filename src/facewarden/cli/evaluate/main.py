"""facewarden evaluate: what can be measured; each command stands in a file of its own."""

import typer

from facewarden.cli.lazy_commands import lazy_group

COMMANDS = {
    name: f"facewarden.cli.evaluate.{name}:{name}"
    for name in (
        "compose",
        "detection",
        "fairness",
        "landmarks",
        "identification",
        "presentation",
        "verification",
        "watch",
    )
}
"""Where each command stands, in the order of the help."""

app = typer.Typer(
    name="evaluate",
    help="Measure error rates in the field's protocols, with intervals.",
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
)


@app.callback()
def evaluate() -> None:
    """Measure error rates in the field's protocols, with intervals."""
