import threading

import pytest
from argon2 import Parameters
from argon2.low_level import Type
from argon2.profiles import RFC_9106_LOW_MEMORY

from facewarden.access.passwords import Passwords, require_password
from facewarden.errors import DataError, StoreBusy

CHEAP = Parameters(Type.ID, 19, 16, 32, time_cost=1, memory_cost=64, parallelism=1)


@pytest.mark.parametrize(
    "password",
    [
        "seven lamps over the quay",
        "Zwölf-Töpfe im Regal",
        "ηλιοτρόπιο και θυμάρι",
        "x8#kQ!r2Lm0z",
        "ada has seven lamps there",
    ],
)
def test_long_words_of_any_script_are_accepted(password: str) -> None:
    require_password("ada", password)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short words", "characters"),
        ("x" * 201, "characters"),
        ("quartermaster", "login"),
        ("QuarterMaster-2026", "login"),
        ("aaaaaaaaaaaaaa", "tried first"),
        ("abcabcabcabcabc", "tried first"),
        ("123456789012", "tried first"),
        ("098765432109", "tried first"),
        ("abcdefghijklmnop", "tried first"),
        ("qwertyuiopas", "tried first"),
        ("passwordpassword", "tried first"),
        ("Password1234", "tried first"),
        ("P@ssw0rd2026!", "tried first"),
        ("administrator1", "tried first"),
        ("facewarden-2026", "tried first"),
        ("correct horse battery staple", "tried first"),
    ],
)
def test_what_is_tried_first_is_refused_and_not_repeated(password: str, words: str) -> None:
    with pytest.raises(DataError, match="cannot be used") as caught:
        require_password("quartermaster", password)
    assert words in caught.value.expected + caught.value.found
    assert password not in str(caught.value)


def test_the_default_is_the_second_recommendation_of_rfc_9106() -> None:
    kept = Passwords().hashed("seven lamps over the quay")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (RFC_9106_LOW_MEMORY.salt_len, RFC_9106_LOW_MEMORY.hash_len) == (16, 32)


def test_only_the_password_verifies_in_either_unicode_form() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hashed("Töpfe und Pfannen")
    assert passwords.verify(kept, "To\u0308pfe und Pfannen")
    assert not passwords.verify(kept, "Toepfe und Pfannen")
    assert passwords.hashed("Töpfe und Pfannen") != kept, "salted"


@pytest.mark.parametrize("kept", ["", "not a hash"])
def test_nothing_kept_is_never_verified(kept: str) -> None:
    assert not Passwords(CHEAP).verify(kept, "")


def test_nobody_is_compared_with_the_same_parameters() -> None:
    passwords = Passwords(CHEAP)
    assert not passwords.outdated(passwords._nobody)
    # Not a form that argon2 refuses before it has done the work.
    assert passwords._hasher.check_needs_rehash(passwords._nobody) is False
    with pytest.raises(Exception, match="does not match"):
        passwords._hasher.verify(passwords._nobody, "anything")


def test_other_parameters_are_outdated_and_verify_still() -> None:
    old, new = Passwords(CHEAP), Passwords(Parameters(Type.ID, 19, 16, 32, 2, 64, 1))
    kept = old.hashed("seven lamps over the quay")
    assert new.verify(kept, "seven lamps over the quay")
    assert new.outdated(kept)
    assert not old.outdated(kept)


def test_who_finds_no_turn_is_told_so() -> None:
    passwords = Passwords(CHEAP, at_once=1, patience_s=0.01)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with passwords._turn():
            entered.set()
            leave.wait(10)

    holding = threading.Thread(target=hold)
    holding.start()
    assert entered.wait(10)
    try:
        with pytest.raises(StoreBusy, match="signing in"):
            passwords.verify("", "x")
    finally:
        leave.set()
        holding.join()
    assert not passwords.verify("", "x")
