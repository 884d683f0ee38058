import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data.calibration import ImpostorTail
from facewarden.errors import DataError

BODY = ((0.5, 0.1), (0.01, 0.3), (1e-3, 0.36))


def tail(shape: float = -0.05, trusted_to: float = 1e-5) -> ImpostorTail:
    return ImpostorTail(BODY, 0.025, shape, trusted_to)


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.1])
@pytest.mark.parametrize("rate", [0.3, 0.01, 2e-3, 1e-4, 1e-5, 1e-7])
def test_there_and_back(shape: float, rate: float) -> None:
    found = tail(shape)
    assert found.rate_at(found.similarity_at(rate)) == pytest.approx(rate, rel=1e-6)


@given(
    st.floats(-0.3, 0.3),
    st.lists(st.floats(1e-9, 0.5), min_size=2, max_size=2, unique=True).map(sorted),
)
def test_a_lower_rate_never_has_a_lower_similarity(shape: float, rates: list[float]) -> None:
    rare, common = rates
    assert tail(shape).similarity_at(rare) >= tail(shape).similarity_at(common) - 1e-12


def test_an_exponential_tail_is_the_limit_of_the_others() -> None:
    near, exact = tail(1e-5), tail(0.0)
    assert near.similarity_at(1e-5) == pytest.approx(exact.similarity_at(1e-5), abs=1e-4)


def test_beyond_what_is_trusted_strangers_count_as_more_alike_than_the_fit_says() -> None:
    trusted, all_the_way = tail(-0.1, 1e-4), tail(-0.1, 1e-9)
    assert trusted.similarity_at(1e-6) > all_the_way.similarity_at(1e-6)
    assert trusted.similarity_at(1e-4) == pytest.approx(all_the_way.similarity_at(1e-4))


def test_factors_are_read_between_their_counts_and_beyond() -> None:
    found = ImpostorTail(BODY, 0.025, 0, 1e-5, looks=((1, 1.0), (2, 1.3), (8, 1.9)))
    assert [found.looks_factor(n) for n in (0, 1, 2, 4, 8)] == pytest.approx([1, 1, 1.3, 1.6, 1.9])
    assert found.looks_factor(32) == pytest.approx(2.5)
    assert found.references_factor(50) == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"body": BODY[:1]}, id="one point"),
        pytest.param({"body": BODY[::-1]}, id="rates rise"),
        pytest.param({"scale": 0.0}, id="no scale"),
        pytest.param({"shape": float("nan")}, id="no shape"),
        pytest.param({"trusted_to": 0.1}, id="trusted less far than counted"),
        pytest.param({"looks": ((1, 1.0), (2, 0.9))}, id="more looks, fewer chances"),
        pytest.param({"references": ((2, 1.0),)}, id="factors do not begin at one"),
        pytest.param({"references": ((1, 1.5),)}, id="one reference is more than one"),
    ],
)
def test_refuses(changes: dict[str, object]) -> None:
    given = {"body": BODY, "scale": 0.025, "shape": 0.0, "trusted_to": 1e-5, **changes}
    with pytest.raises(DataError):
        ImpostorTail(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5])
def test_refuses_what_is_no_rate(rate: float) -> None:
    with pytest.raises(DataError):
        tail().similarity_at(rate)
