"""facewarden train: which commands there are; each stands in a file of its own."""

from facewarden.cli.lazy_commands import lazy_app

COMMANDS = {
    **{
        name: f"facewarden.cli.train.{name}:{name}"
        for name in (
            "prepare",
            "footage",
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

app = lazy_app("train", COMMANDS, help="Prepare faces, train networks and compare them.")
