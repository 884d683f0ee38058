"""A photograph whose file name was not UTF-8 ended the enrolment of all with a traceback.

The name held half of a surrogate pair, which SQLite cannot store; the same with a number beyond 64
bits on the command line. A CSV file with a million columns was refused in a message of 27 MB.
"""

import os
from pathlib import Path

import pytest

from facewarden.data import SubjectDetails
from facewarden.errors import DataError, InputError
from facewarden.pipeline.enrol import Enrolled, Enroller
from facewarden.pipeline.examine import Examiner
from facewarden.pipeline.photographs import Photograph, photographs_from_csv, photographs_in
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.pipeline.conftest import People


def test_only_the_photograph_without_a_readable_name_is_refused(
    examiner: Examiner, people: People, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    picture = people.file("Al Pacino").read_bytes()
    Path(os.fsdecode(os.fsencode(folder) + b"/J\xf6rg.jpg")).write_bytes(picture)
    (folder / "escape\x1b[31m.jpg").write_bytes(picture)
    (folder / "Al_Pacino.jpg").write_bytes(picture)
    with open_store(sqlite_url(tmp_path / "store.sqlite"), TemplateKey(bytes(32))) as store:
        store.watchlists.ensure("missing")
        enroller = Enroller(
            examiner,
            store.watchlists,
            "missing",
            model_id=examiner.embed([]).model_id,
            watchlists=["missing"],
            alike_from=0.5,
            unlike_below=0.2,
        )
        photographs = list(photographs_in([folder], SubjectDetails("")))
        notes = SubjectDetails("Somebody", notes="two\nlines", category="no\ttab")
        photographs.append(Photograph("1", people.file("Adrien Brody"), notes))
        rows = {row.label.rpartition("/")[2]: row for row in enroller.enrol(photographs)}
        assert rows.pop("Al_Pacino.jpg").outcome is Enrolled.ADDED
        assert {row.outcome for row in rows.values()} == {Enrolled.REFUSED}
        assert all("do not print" in row.reason for row in rows.values())
        assert [one.details.name for one in store.watchlists.subjects()] == ["Al Pacino"]


def test_what_the_store_cannot_hold_is_an_error_of_ours(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "store.sqlite"), TemplateKey(bytes(32))) as store:
        with pytest.raises(DataError, match="other bytes") as refusal:
            store.watchlists.subjects("J\udcf6rg")
        assert "J" not in str(refusal.value)
        with pytest.raises(DataError, match="a larger number"):
            store.watchlists.subject(10**30)


def test_a_table_of_a_million_columns_is_refused_in_few_words(tmp_path: Path) -> None:
    table = tmp_path / "wide.csv"
    table.write_text(",".join(f"c{n}" for n in range(10**6)) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="wrong columns") as refusal:
        photographs_from_csv(table, SubjectDetails(""))
    assert len(str(refusal.value)) < 2000
