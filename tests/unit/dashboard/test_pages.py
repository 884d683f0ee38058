import re
from importlib.resources import files
from pathlib import Path

import pytest

from facewarden.dashboard.pages import Pages
from facewarden.server.headers import CONTENT_POLICY

STATIC = Path(str(files("facewarden.dashboard"))) / "static"
MODULES = sorted(STATIC.rglob("*.js"))
SHEETS = sorted(STATIC.rglob("*.css"))
IMPORT = re.compile(
    r"""^(?:import|export)\b.* from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)""", re.M
)
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc\s*=|\beval\(|new Function"
    r"|setAttribute\(\s*[\"']style"
)


def name(path: Path) -> str:
    return path.relative_to(STATIC).as_posix()


def test_the_page_names_its_assets_by_version_and_each_is_there() -> None:
    pages = Pages()
    page = pages.index.body.decode()
    wanted = re.findall(r'(?:href|src)="/assets/([0-9a-f]{16})/([^"]+)"', page)
    assert len(wanted) == page.count("/assets/") > 3
    assert "{{" not in page
    for version, asset in wanted:
        assert pages.asset(version, asset) is not None, asset


def test_another_version_and_other_files_are_not_there(tmp_path: Path) -> None:
    pages = Pages()
    assert pages.asset("0" * 16, "js/app.js") is None
    assert pages.asset(pages.version, "../pages.py") is None
    assert pages.asset(pages.version, "index.html") is None


def test_the_version_tells_any_change_of_any_file(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "index.html").write_text('<script src="{{assets}}/js/a.js"></script>')
    (tmp_path / "js" / "a.js").write_text("1")
    (tmp_path / "notes.txt").write_text("not served")
    first = Pages(tmp_path)
    assert first.asset(first.version, "notes.txt") is None
    (tmp_path / "js" / "a.js").write_text("2")
    second = Pages(tmp_path)
    assert first.version != second.version
    assert second.version.encode() in second.index.body


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_imports_ours_only_and_sets_no_markup(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    for target in map("".join, IMPORT.findall(text)):
        assert target.startswith("."), target
        assert (module.parent / target).is_file(), target
    assert not MARKUP.search(text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


@pytest.mark.parametrize("sheet", SHEETS, ids=name)
def test_a_style_sheet_asks_nobody(sheet: Path) -> None:
    assert not re.search(r"@import|url\((?!#)|https?:", sheet.read_text(encoding="utf-8"))


def test_the_page_has_no_inline_script_or_style_and_the_policy_allows_none() -> None:
    page = Pages().index.body.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", page)
    assert "unsafe" not in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'self'")
