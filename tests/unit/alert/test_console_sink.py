import io
from datetime import timedelta

import pytest
from rich.console import Console

from facewarden.alert.console_sink import ConsoleSink
from facewarden.errors import SinkUnavailable
from unit.alert.samples import NOON, make_alert, make_delivery


def printed(sink_width: int = 80, **changes: object) -> str:
    out = io.StringIO()
    console = Console(file=out, width=sink_width)
    sink = ConsoleSink("console", console=console, clock=lambda: NOON + timedelta(seconds=3))
    sink.deliver(make_delivery(make_alert(**changes)))
    sink.close()
    return out.getvalue()


def test_one_line_says_it_all() -> None:
    assert printed() == (
        "12:00:02.123Z candidate  Ada Example [missing] at Entrance (Hall 2), "
        "0.623 (needs 0.410), looks 5, after 2.90 s\n"
    )


def test_later_revisions_say_so() -> None:
    assert " revision 3 " in printed(revision=3)


@pytest.mark.parametrize(
    "name",
    ["[red]x[/red]", "a\nb", "a\x1b[2Jb", "a\rb", "\u202eabc", "x" * 500],
    ids=["markup", "line break", "escape", "return", "direction", "long"],
)
def test_a_name_cannot_break_the_line(name: str) -> None:
    text = printed(subject_name=name)
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    if name.isprintable():
        assert name in text


def test_a_closed_terminal_is_unavailable() -> None:
    out = io.StringIO()
    sink = ConsoleSink("console", console=Console(file=out))
    out.close()
    with pytest.raises(SinkUnavailable):
        sink.deliver(make_delivery())
