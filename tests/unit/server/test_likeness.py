import pytest

from facewarden.data.calibration import ImpostorTail
from facewarden.decide.budget import InForce
from facewarden.server.alert_wire import likeness
from facewarden.server.shared_eyes import ListThreshold

TAIL = ImpostorTail(((1e-1, 0.2), (1e-4, 0.4)), scale=0.03, shape=0.0, trusted_to=1e-6)


def known(tracks: float = 1000.0, tail: ImpostorTail | None = TAIL) -> ListThreshold:
    in_force = InForce(0.45, "test", 10.0, 1, tail)
    return ListThreshold(in_force, tracks, 10, "model")


@pytest.mark.parametrize(
    ("similarity", "tracks", "words"),
    [
        (0.1, 1000.0, "More than every second stranger who passes"),
        (0.4, 1000.0, "About 1 in 1,000 strangers who pass"),
        (0.4, 1000.0, "about 1 a day"),
        (0.4, 200.0, "about 1 a week"),
        (0.5, 1000.0, "about 1 a month"),
        (0.7, 10.0, "years"),
        (0.99, 1.0, "less than one in a thousand years"),
    ],
)
def test_similarity_in_words(similarity: float, tracks: float, words: str) -> None:
    found = likeness(similarity, "model", known(tracks), "")
    assert words in found.words
    assert found.strangers is not None
    assert found.per_day == pytest.approx(found.strangers * tracks)


def test_more_alike_is_rarer() -> None:
    shares = [likeness(0.3 + 0.02 * n, "model", known(), "").strangers for n in range(20)]
    assert all(one is not None for one in shares)
    assert shares == sorted(shares, reverse=True)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("model", "what", "words"),
    [
        ("other", known(), "another model"),
        ("model", known(tail=None), "not calibrated"),
        ("model", None, "no models here"),
    ],
)
def test_what_is_not_known_is_said(model: str, what: ListThreshold | None, words: str) -> None:
    found = likeness(0.5, model, what, "no models here")
    assert words in found.words
    assert found.strangers is None
