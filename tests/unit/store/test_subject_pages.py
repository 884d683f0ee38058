"""Subjects by the page and by a part of their name."""

import pytest

from facewarden.data import SubjectDetails
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store
from facewarden.store.subject_pages import folded
from unit.store.making import NOW, a_reference

NAMES = (
    *("Zoë Ångström", "ZOE Smith", "Jürgen Groß", "Maria", "王小明", "Ιωάννης Σοφός"),
    *("Ju\N{COMBINING DIAERESIS}rgen Klein", "O'Neill <b>", "50% Off", "مريم"),
)


@pytest.fixture
def named(store: Store) -> Store:
    store.watchlists.ensure("vip")
    for number, name in enumerate(NAMES, start=1):
        details = SubjectDetails(name, f"CASE-{number}", notes="zoe")
        store.watchlists.add_subject(details, "vip" if number % 2 else "missing")
    return store


SEARCHES = {
    "zoe": [1, 2],
    "  ZOË ": [1, 2],
    "angstrom": [1],
    "gross": [3],
    "jurgen": [3, 7],
    "klein jür": [7],
    "小": [5],
    "σοφοσ": [6],
    "<b>": [8],
    "%": [9],
    "_": [],
    "case-1": [1, 10],
    "maria zoe": [],
    "مريم": [10],
    "": list(range(1, 11)),
    " \u0308 ": list(range(1, 11)),
}


@pytest.mark.parametrize("text", SEARCHES)
def test_a_part_of_a_name(named: Store, text: str) -> None:
    lists = named.watchlists
    found = lists.page_subjects(text=text)
    assert [one.subject_id for one in found] == SEARCHES[text]
    for one in found:
        assert one == lists.subject(one.subject_id)


@pytest.mark.parametrize("text", ["", "e"])
@pytest.mark.parametrize("watchlists", [None, ["vip"], ["vip", "missing"], []])
def test_pages_are_the_whole(named: Store, text: str, watchlists: list[str] | None) -> None:
    lists = named.watchlists
    whole = lists.page_subjects(text=text, watchlists=watchlists, limit=100)
    wanted = set(watchlists if watchlists is not None else ("vip", "missing"))
    assert all(wanted & set(one.watchlists) for one in whole)
    some, after = [], 0
    while page := lists.page_subjects(text=text, watchlists=watchlists, limit=2, after=after):
        some += page
        after = page[-1].subject_id
    assert some == whole


def test_what_changes_is_found_by_its_new_name_only(named: Store) -> None:
    lists = named.watchlists
    assert len(lists.page_subjects(text="maria")) == 1
    lists.update_subject(4, SubjectDetails("Marta"))
    lists.remove_subject(1)
    new = lists.add_subject(SubjectDetails("Maria Neu"), "vip")
    assert [one.subject_id for one in lists.page_subjects(text="maria")] == [new]
    assert [one.subject_id for one in lists.page_subjects(text="zoe")] == [2]
    assert [one.subject_id for one in lists.page_subjects(text="marta")] == [4]


def test_only_changed_names_are_unsealed_again(
    named: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = named.watchlists
    lists.page_subjects(text="maria")
    lists.update_subject(4, SubjectDetails("Marta"))
    opened: list[str] = []
    unseal = TemplateKey.unseal

    def counting(key: TemplateKey, sealed: bytes, purpose: str) -> bytes:
        opened.append(purpose)
        return unseal(key, sealed, purpose)

    monkeypatch.setattr(TemplateKey, "unseal", counting)
    assert lists.page_subjects(text="nobody at all") == []
    assert lists.page_subjects(text="nobody at all") == []
    assert opened == ["subject:4"]


def test_the_version_grows_with_every_change_of_the_subject(named: Store) -> None:
    lists = named.watchlists
    steps = [lists.subject(4).version]
    lists.add_references(4, [a_reference(1)])
    steps.append(lists.subject(4).version)
    lists.place(4, "vip")
    lists.place(4, "vip")
    steps.append(lists.subject(4).version)
    lists.update_subject(4, SubjectDetails("Maria M."))
    lists.update_subject(4, SubjectDetails("Maria M."))
    steps.append(lists.subject(4).version)
    lists.remove_reference(lists.references(4)[0].reference_id)
    lists.withdraw(4, "vip")
    steps.append(lists.subject(4).version)
    assert steps == [1, 2, 3, 4, 6]
    assert lists.subject(4).updated_at == NOW
    assert lists.subject(3).version == 1


@pytest.mark.parametrize(
    ("text", "plain"), [("Zoë", "zoe"), ("GROSS", "gross"), ("Groß", "gross"), ("①", "1"), ("", "")]
)
def test_folding(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_a_search_is_in_the_audit_log_and_what_was_looked_for_is_not(named: Store) -> None:
    lists = named.watchlists
    lists.note_search("Zoë", ["vip"], 1)
    lists.note_search("ZOE", None, 2)
    lists.note_search("Maria", None, 1)
    events = named.audit.tail(3)
    assert {event.action for event in events} == {"subject.search"}
    limited, same, other = (event.details for event in events)
    assert limited == {"digest": same["digest"], "watchlists": ["vip"], "count": 1}
    assert other["digest"] != same["digest"]
    assert "zo" not in str([limited, same]).lower().replace(limited["digest"], "")
    assert len(other["digest"]) == 64
