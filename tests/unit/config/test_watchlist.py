from pathlib import Path
from typing import Any

import pytest

from facewarden.config.load import load_settings
from facewarden.config.watchlist import WatchlistSettings
from facewarden.errors import ConfigError


def written(folder: Path, threshold: str) -> Path:
    path = folder / "facewarden.yaml"
    path.write_text(f"watchlists:\n  - name: barred\n    threshold: {threshold}\n")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.45", 0.45),
        ("{euclidean: 1.04}", 1 - 1.04**2 / 2),
        ("{euclidean: 1}", 0.5),
        ("", None),
    ],
)
def test_is_a_similarity_however_it_is_said(
    tmp_path: Path, text: str, expected: float | None
) -> None:
    (watchlist,) = load_settings(written(tmp_path, text)).watchlists
    assert watchlist.threshold == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{euclidean: 0}", "in (0, 2), found 0"),
        ("{euclidean: 2}", "in (0, 2), found 2"),
        ("{euclidean: -1}", "in (0, 2), found -1"),
        ("{euclidean: .nan}", "in (0, 2)"),
        ("{euclidean: far}", "{euclidean: distance}"),
        ("{euclidean: true}", "{euclidean: distance}"),
        ("{cosine: 0.4}", "{euclidean: distance}"),
        ("{euclidean: 1, cosine: 0.4}", "{euclidean: distance}"),
        ("{}", "{euclidean: distance}"),
        ("1.2", "less than 1"),
        ("[0.4]", "number"),
    ],
)
def test_refuses_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_settings(written(tmp_path, text))
    assert words in str(refusal.value)
    assert "threshold" in str(refusal.value)


def test_the_settings_of_a_program_take_it_too() -> None:
    said: Any = {"euclidean": 1.2}
    assert WatchlistSettings(name="w", threshold=said).threshold == pytest.approx(0.28)
