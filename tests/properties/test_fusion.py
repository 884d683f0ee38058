import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.data import Templates
from facewarden.embed.fuse import Fusion
from factories import MODEL, unit_rows

LOOKS = st.lists(st.tuples(st.integers(0, 999), st.floats(0, 1)), min_size=1, max_size=12)


def fused(looks: list[tuple[int, float]]) -> Templates:
    fusion = Fusion()
    for seed, quality in looks:
        fusion.add(Templates(unit_rows(seed, 1), MODEL), quality)
    return fusion.template()


@settings(max_examples=60, deadline=None)
@given(looks=LOOKS, data=st.data())
def test_the_order_of_looks_does_not_matter(
    looks: list[tuple[int, float]], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(looks))
    np.testing.assert_allclose(fused(looks).vectors, fused(other).vectors, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(looks=LOOKS)
def test_the_template_is_the_direction_of_the_weighted_mean(
    looks: list[tuple[int, float]],
) -> None:
    weighted = sum(
        unit_rows(seed, 1)[0].astype(np.float64) * max(quality, 1e-3) for seed, quality in looks
    )
    expected = weighted / np.linalg.norm(weighted)
    np.testing.assert_allclose(fused(looks).vectors[0], expected, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), qualities=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_same_look_again_changes_nothing(seed: int, qualities: list[float]) -> None:
    again = fused([(seed, quality) for quality in qualities])
    np.testing.assert_allclose(again.vectors, unit_rows(seed, 1), atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(looks=LOOKS, seed=st.integers(1000, 1999), quality=st.floats(0, 1))
def test_with_look_foretells_what_add_makes(
    looks: list[tuple[int, float]], seed: int, quality: float
) -> None:
    fusion = Fusion()
    for number, how_good in looks:
        fusion.add(Templates(unit_rows(number, 1), MODEL), how_good)
    foretold = fusion.with_look(unit_rows(seed, 1)[0], quality)
    assert fusion.looks == len(looks)
    fusion.add(Templates(unit_rows(seed, 1), MODEL), quality)
    made = Templates.normalised(foretold[None], MODEL)
    np.testing.assert_allclose(made.vectors, fusion.template().vectors, atol=1e-4)
