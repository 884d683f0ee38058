import pytest

from facewarden.server.etag import etag_of, require_match
from facewarden.server.problems import ConditionMissing, Stale


@pytest.mark.parametrize("given", [etag_of(3), "*", f'"other", {etag_of(3)}'])
def test_the_state_that_was_seen_may_be_changed(given: str) -> None:
    require_match(given, 3)


def test_another_state_is_stale() -> None:
    with pytest.raises(Stale):
        require_match(etag_of(2), 3)


def test_a_change_without_a_state_is_refused() -> None:
    with pytest.raises(ConditionMissing):
        require_match(None, 3)
