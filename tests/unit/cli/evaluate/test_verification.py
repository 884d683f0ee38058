"""facewarden evaluate verification, on real photographs."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.evaluate.verification import verification
from facewarden.errors import InputError

app = Typer()
app.command()(verification)

PEOPLE = ("Abel_Pacheco", "Akhmed_Zakayev", "Al_Sharpton")


@pytest.fixture
def root(shared: Path, models_dir: Path, tmp_path: Path) -> Path:
    """A few people of LFW, two photographs each, among them a torn one and a copy."""
    root = tmp_path / "photographs"
    for name in PEOPLE:
        (root / name).mkdir(parents=True)
        for number in (1, 2):
            file = f"{name}_{number:04d}.jpg"
            shutil.copy(shared / "data" / "lfw-dev" / "images" / name / file, root / name / file)
    (root / PEOPLE[0] / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    shutil.copy(root / PEOPLE[1] / f"{PEOPLE[1]}_0001.jpg", root / PEOPLE[1] / "copy.jpg")
    return root


def pairs(root: Path) -> Path:
    files = [f"{name}/{name}_{number:04d}.jpg" for name in PEOPLE for number in (1, 2)]
    rows = [
        f"{left},{right},{int(Path(left).parent == Path(right).parent)}"
        for i, left in enumerate(files)
        for right in files[i + 1 :]
    ]
    rows += [f"{files[0]},{PEOPLE[0]}/torn.jpg,1", f"{files[0]},{PEOPLE[1]}/gone.jpg,0"]
    rows += [f"{files[2]},{PEOPLE[1]}/copy.jpg,1"]
    path = root.parent / "pairs.csv"
    path.write_text("\n".join(["left,right,same", *rows]), encoding="utf-8")
    return path


def test_real_photographs_with_some_that_cannot_be_compared(root: Path) -> None:
    page, machine = root.parent / "page.html", root.parent / "figures.json"
    words = [str(root), "--pairs", str(pairs(root)), "--html", str(page), "--json", str(machine)]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert "3 of one person, 12 of two people; of 18 listed" in result.stdout
    assert "no figure (12 impostor pairs cannot show it)" in " ".join(result.stdout.split())
    figures = json.loads(machine.read_text(encoding="utf-8"))["figures"]
    assert figures["auc"]["value"] == 1
    assert [(one["reason"] == "missing", one["pairs"]) for one in figures["unread"]] == [
        (False, 1),
        (True, 1),
    ]
    copy = f"{PEOPLE[1]}/copy.jpg"
    assert figures["same_photograph_on_both_sides"] == [[f"{PEOPLE[1]}/{PEOPLE[1]}_0001.jpg", copy]]
    assert "gone.jpg" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").count("data:image/png") == 2
    # It shows faces.
    assert [stat.S_IMODE(one.stat().st_mode) for one in (page, machine)] == [0o600, 0o600]


def test_a_folder_that_holds_none_of_the_files_is_refused(root: Path) -> None:
    empty = root.parent / "empty"
    empty.mkdir()
    result = CliRunner().invoke(app, [str(empty), "--pairs", str(pairs(root))])
    assert isinstance(result.exception, InputError)
    assert "18 of 18 pairs" in str(result.exception)
