"""A photograph named with an escape sequence set the title of the terminal that listed it.

Rich escapes its own markup, not the terminal's; errors printed what they found as it was. So did
log lines, where a line break in a file name also forged a line of its own.
"""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.logging import RichHandler
from rich.markup import escape
from rich.table import Table

from facewarden.cli.consoles import PlainConsole
from facewarden.cli.faults import OneLineFormatter
from facewarden.data import SubjectDetails
from facewarden.errors import ConfigError, InputError
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from facewarden.text import shown

HOSTILE = "\x1b]0;title\a\x9b31m\u202egpj\udcf6"
NAMES = {
    "plain": ("Jane Doe", "Jane Doe"),
    "accents": ("Zoë Müller", "Zoë Müller"),
    "joined": ("\u0646\u200c\u0631", "\u0646\u200c\u0631"),
    "wide space": ("山田\u3000太郎", "山田\u3000太郎"),
    "escape": ("\x1b[31mred", "\\x1b[31mred"),
    "C1 escape": ("\x9b31mred", "\\x9b31mred"),
    "direction": ("gpj\u202e", "gpj\\u202e"),
    "half a pair": ("J\udcf6rg", "J\\udcf6rg"),
    "line break": ("a\nb\u2028c", "a b c"),
}


@pytest.mark.parametrize(("text", "expected"), NAMES.values(), ids=NAMES.keys())
def test_only_what_prints_is_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_errors_are_safe_to_print() -> None:
    for error in (
        InputError(f"a\n{HOSTILE}", found=HOSTILE, remedy=HOSTILE),
        ConfigError("x", problems=(f"line\n{HOSTILE}",)),
    ):
        assert str(error).isprintable()


def test_tables_and_logs_are_safe_to_print() -> None:
    written = io.StringIO()
    console = PlainConsole(file=written, width=200, color_system=None)
    table = Table("name")
    table.add_row(escape(HOSTILE))
    console.print(table)
    console.print_json(json.dumps({"name": HOSTILE}))
    log = logging.Logger("facewarden.test")
    handler = RichHandler(console=console, show_path=False, markup=False)
    handler.setFormatter(OneLineFormatter("%(message)s"))
    log.addHandler(handler)
    log.warning("camera: %s", HOSTILE)
    try:
        HOSTILE.encode()
    except ValueError:
        log.exception("it failed\nforged line")
    text = written.getvalue()
    assert all(line.isprintable() for line in text.splitlines())
    assert json.loads(text[text.index("{") : text.index("}") + 1]) == {"name": HOSTILE}
    assert "Traceback" not in text
    assert "it failed: forged line: unexpected UnicodeEncodeError at test_name" in " ".join(
        text.split()
    )


def test_list_of_subjects_prints_no_escape_sequence(tmp_path: Path) -> None:
    key = TemplateKey.load(tmp_path / "facewarden.key", create=True)
    name = HOSTILE.replace("\udcf6", "")
    with open_store(sqlite_url(tmp_path / "facewarden.sqlite"), key) as store:
        store.watchlists.ensure("wanted")
        store.watchlists.add_subject(SubjectDetails(name), "wanted")
    for more in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "facewarden", "subjects", "list", *more],
            env={
                **os.environ,
                "FACEWARDEN_HOME": str(tmp_path),
                "PYTHONIOENCODING": "ascii",
                "COLUMNS": "200",
            },
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert not set(done.stdout + done.stderr) & {0x07, 0x1B, 0x9B}
        assert b"title" in done.stdout


def test_unforeseen_failure_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import facewarden.cli.main as m; m.app = lambda: 1 / 0; m.run()"],
        env={**os.environ, "FACEWARDEN_HOME": str(tmp_path)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 70
    assert done.stderr.startswith(b"facewarden: unexpected ZeroDivisionError at <string>:1")
    assert done.stderr.count(b"\n") == 1
