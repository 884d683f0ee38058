"""Every rendering says the same, harms nobody, and can say that there is nothing."""

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from facewarden.data.report import PresentationOutcome
from facewarden.review import as_csv, as_html, as_json, table
from facewarden.review.report import Report
from unit.review.making import HOSTILE, a_report, an_outcome, nothing, usual

BERLIN = ZoneInfo("Europe/Berlin")


def as_table(report: Report) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as written:
        console.print(table.render(report, BERLIN))
    return written.get()


RENDERINGS: dict[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json.render,
    "csv": as_csv.render,
    "html": lambda report: as_html.render(report, BERLIN),
}


@pytest.mark.parametrize("name", RENDERINGS)
def test_nothing_can_be_reported(name: str) -> None:
    text = RENDERINGS[name](nothing())
    assert text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", RENDERINGS)
def test_the_same_report_reads_the_same(name: str) -> None:
    assert RENDERINGS[name](usual()) == RENDERINGS[name](usual())


PER_TRACK = {
    "table": "0.08 %",
    "json": '"false_per_track": 0.0008',
    "csv": "0.0008",
    "html": "0.08 %",
}


@pytest.mark.parametrize("name", RENDERINGS)
def test_false_alerts_are_told_per_track(name: str) -> None:
    text = RENDERINGS[name](usual())
    assert re.search("false.per.track", text)
    assert PER_TRACK[name] in text  # two of ENTRANCE's 2,500 tracks


ASKED = a_report(
    an_outcome("entrance", "missing", 6, 2, 2, PresentationOutcome(3, 4, 1, 1, 1, 1, 1)),
    an_outcome("entrance", "wanted", 0, 0, 3),
    an_outcome("yard", HOSTILE, 1, 0, 0, PresentationOutcome(attacks=1, held_confirmed=1)),
)


@pytest.mark.parametrize("name", RENDERINGS)
def test_pictures_of_people_are_told_where_somebody_asked(name: str) -> None:
    told = {
        "table": "held (confirmed, rejected, open)",
        "html": "held, open",
        "json": '"held_open": 1',
        "csv": ",held,",
    }
    assert told[name] in RENDERINGS[name](ASKED)
    silent = name in ("table", "html")
    assert (told[name] in RENDERINGS[name](usual())) is (name == "csv")
    assert ("Living people and pictures" in RENDERINGS[name](ASKED)) is silent


def test_pictures_of_people_add_up() -> None:
    plain = json.loads(as_json.render(ASKED))
    assert plain["total"]["presentation"] == {
        "asked": 10,
        "bona_fide": 3,
        "attacks": 5,
        "unsettled": 1,
        "not_assessed": 1,
        "held": 4,
        "held_confirmed": 2,
        "held_rejected": 1,
        "held_open": 1,
    }
    assert [line["presentation"]["asked"] for line in plain["watchlists"]] == [9, 0, 1]
    rows = list(csv.DictReader(io.StringIO(as_csv.render(ASKED))))
    assert (rows[0]["presentation_asked"], rows[0]["held"], rows[0]["attacks"]) == ("10", "4", "5")
    assert re.search(r"entrance │ missing +│ +9 │ +3 │ +4 │ +2 │ +3 \(1, 1, 1\) │", as_table(ASKED))
    assert re.search(r"all +│ all +│ +10 │ +3 │ +5 │ +2 │ +4 \(2, 1, 1\) │", as_table(ASKED))


def test_json_has_times_fractions_and_nulls() -> None:
    plain = json.loads(as_json.render(usual()))
    assert plain["since"] == "2026-03-01T12:00:00+00:00"
    assert plain["total"]["alerts"] == 14
    missing, wanted, hostile = plain["watchlists"]
    assert missing["false_per_alert"] == 0.25
    assert missing["decided_s"]["p50"] == pytest.approx(0.5)
    assert missing["delivered_s"]["mqtt"]["count"] == 10
    assert wanted["false_per_alert"] is None
    assert hostile["watchlist"] == HOSTILE
    assert {camera["camera"] for camera in plain["cameras"]} == {"entrance", "yard", "moved-away"}


def test_csv_is_one_table_that_no_spreadsheet_runs() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv.render(usual()))))
    assert [row["row"] for row in rows].count("camera") == 3
    total = rows[0]
    assert (total["row"], total["alerts"], total["camera"]) == ("total", "14", "")
    (hostile,) = (row for row in rows if row["row"] == "watchlist" and "cmd" in row["watchlist"])
    assert hostile["watchlist"] == "'" + HOSTILE
    sink = next(row for row in rows if row["row"] == "sink" and row["watchlist"] == "missing")
    assert (sink["sink"], sink["delivered"], sink["delivered_p50_s"]) == ("mqtt", "10", "0.05")
    for row in rows:
        assert None not in row
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"]


@pytest.mark.parametrize("name", FORMULAS)
def test_names_that_look_like_formulas_are_quoted(name: str) -> None:
    rows = csv.DictReader(io.StringIO(as_csv.render(a_report(an_outcome("a", name, 1, 0, 0)))))
    found = {row["watchlist"] for row in rows}
    assert found == {"", "'" + name}


def test_the_table_shows_names_as_they_are() -> None:
    text = as_table(usual())
    assert "From 2026-03-01 13:00:00 UTC+01:00 to 2026-03-02 13:00:00 UTC+01:00" in text
    assert "[bold]&" in text
    assert "25.0 %" in text
    assert "no data" in text


class Page(HTMLParser):
    """Collects what a browser would fetch or run, and the text of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(name)
            if name in {"src", "href", "xlink:href", "action", "srcset", "data"}:
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    text = as_html.render(usual(), BERLIN)
    page = Page(text)
    assert {"script", "link", "img", "iframe", "object", "base"}.isdisjoint(page.tags)
    assert page.handlers == []
    assert all(address.startswith("#") for address in page.addresses)
    assert "default-src 'none'" in text
    assert "@import" not in text
    assert all(found == "#" for found in re.findall(r"url\((.)", text))


def test_the_page_has_both_pictures_and_every_name() -> None:
    page = Page(as_html.render(usual(), BERLIN))
    assert page.tags.count("svg") == 2
    assert HOSTILE in "".join(page.words)
    assert "2026-03-01 13:00:00 UTC+01:00 to 2026-03-02 13:00:00 UTC+01:00" in page.words
    assert page.tags.count("metadata") == 0


def test_the_pictures_take_the_pages_ink() -> None:
    text = as_html.render(usual(), BERLIN)
    assert "currentColor" in text
    assert "#010203" not in text
    assert "prefers-color-scheme: dark" in text


def test_without_alerts_the_page_says_so() -> None:
    page = Page(as_html.render(nothing(), BERLIN))
    assert "svg" not in page.tags
    assert "No alert was raised in this time." in page.words
    assert "No camera was watched in this time." in page.words
