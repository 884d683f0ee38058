"""facewarden evaluate: what can be measured; each command stands in a file of its own."""

from facewarden.cli.lazy_commands import lazy_app

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

app = lazy_app(
    "evaluate", COMMANDS, help="Measure error rates in the field's protocols, with intervals."
)
