"""Lets `python -m facewarden` be the command line."""

from facewarden.cli.main import run

if __name__ == "__main__":
    run()
