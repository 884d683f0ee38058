import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from facewarden.data.deployment import DeploymentPlan, DeploymentState
from facewarden.errors import DataError, StoreError
from facewarden.govern.person import Person
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.store.governing import Clock
from unit.store.making import HOUR, NOW

PEOPLE = st.sampled_from(["ada", "ADA", "bob", "cleo"])
STEPS = st.sampled_from([timedelta(minutes=m) for m in (0, 20, 60, 200, -5, -120)])


class Deploying(RuleBasedStateMachine):
    """Whatever people and clocks do: it runs only on two people's word."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        url = sqlite_url(Path(self.folder.name) / "s.sqlite")
        self.store = open_store(url, TemplateKey(bytes(32)), clock=self.clock)
        self.store.watchlists.ensure("missing")
        made = self.store.deployments.propose(self.plan(), "ada")
        self.one = made.deployment_id
        self.ended = False

    def plan(self) -> DeploymentPlan:
        return DeploymentPlan(
            "p", "p", "l", ("gate",), ("missing",), NOW, NOW + 2 * HOUR, keep_unconfirmed_days=0
        )

    @rule(who=PEOPLE)
    def authorise(self, who: str) -> None:
        before = self.store.deployments.get(self.one)
        try:
            after = self.store.deployments.authorise(self.one, who)
        except DataError:
            return
        assert not Person(who).is_same(Person(before.proposed_by))
        assert after.state is DeploymentState.AUTHORISED

    @rule(who=PEOPLE)
    def change(self, who: str) -> None:
        version = self.store.deployments.get(self.one).version
        try:
            after = self.store.deployments.change(self.one, self.plan(), who, version=version)
        except (DataError, StoreError):
            return
        assert after.state is DeploymentState.PROPOSED

    @rule(who=PEOPLE)
    def stop(self, who: str) -> None:
        try:
            self.store.deployments.end(self.one, who, "over")
        except DataError:
            return
        self.ended = True

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.clock.now += step
        self.store.deployments.sweep(self.clock.now)
        self.store.deployments.wipe_due(self.clock.now)

    @invariant()
    def runs_only_by_two(self) -> None:
        found = self.store.deployments.get(self.one)
        due = {one.deployment_id for one in self.store.deployments.due(self.clock.now)}
        if self.one in due:
            assert found.authorised_by
            assert not Person(found.authorised_by).is_same(Person(found.proposed_by))
            assert found.starts_at <= self.clock.now < found.ends_at
            assert not self.ended
        if found.state is not DeploymentState.AUTHORISED:
            assert self.store.deployments.members(self.one) == {"missing": frozenset()}
        if self.ended:
            assert found.state in {DeploymentState.ENDED, DeploymentState.WIPED}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert self.store.audit.verify() is None
            self.store.close()
            self.folder.cleanup()


TestDeploying = Deploying.TestCase
TestDeploying.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


@given(st.text(max_size=8), st.text(max_size=8))
def test_being_the_same_person_is_mutual(one: str, other: str) -> None:
    assert Person(one).is_same(Person(one))
    assert Person(one).is_same(Person(other)) == Person(other).is_same(Person(one))
    assert Person(one, 1).is_same(Person(other, 1))
