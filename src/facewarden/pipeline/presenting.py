"""Which tracks presentation attack detection is asked about, by the rules of their watchlists."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from facewarden.data import Decision, Snapshot, Verdict
from facewarden.data.presentation import Presentation, PresentationRule, PresentationVerdict
from facewarden.decide.decider import Decider
from facewarden.pipeline.camera import TrackedPerson, WatchedCamera
from facewarden.pipeline.found import Found
from facewarden.pipeline.look import Look
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presentation import PresentationCheck, Shown
from facewarden.pipeline.roster import Roster, rules_of, watched

NEAR_ALERT: Final = 0.05
"""Similarity below a threshold from which it is asked, so that it has mostly answered when an alert
is due: of strangers' looks 1 % come so near (see close_look.py)."""

NO_MODEL: Final = Presentation(
    PresentationVerdict.NOT_ASSESSED, reason="no model is installed for it"
)
OPEN: Final = Presentation(PresentationVerdict.UNSETTLED)

COUNTED: Final = "presentation "
"""How the names of counts begin: a verdict follows, or HELD."""

HELD: Final = "held"


class Presenting:
    """Keeps looks of tracks that may alert on a watchlist that wants to know, and asks about them.

    Cameras of other watchlists pay nothing, and strangers hardly anything: to cut out a look that a
    model could be shown costs more than to detect a face (1 to 3 ms, 2026-11-22).

    Args:
        decider: says which tracks may alert.
    """

    def __init__(self, check: PresentationCheck, decider: Decider, metrics: Metrics) -> None:
        self._check = check
        self._decider = decider
        self._metrics = metrics
        self._offered: dict[tuple[int, int], Look] = {}

    @staticmethod
    def asked(camera: WatchedCamera, roster: Roster) -> bool:
        """Tell whether any watchlist of a camera wants to know."""
        return bool(rules_of(camera, roster))

    def begin(self) -> None:
        """Begin a step."""
        self._offered.clear()

    def offer(self, look: Look) -> None:
        """Show a look of this step; it is kept if its track may alert, which is found out later."""
        self._offered[(id(look.view), look.row)] = look

    def _keep(self, look: Look) -> None:
        view = look.view
        with self._metrics.stage("presentation keep"):
            self._check.keep(
                self._shown(look.person),
                view.frame.image,
                view.faces.boxes[look.row],
                np.delete(view.faces.boxes, look.row, axis=0),
                look.quality,
                view.frame.captured_at,
            )

    def ask(self, founds: Sequence[Found], cameras: Sequence[WatchedCamera]) -> None:
        """Ask about the tracks that may alert where somebody wants to know, all in one batch.

        Args:
            founds: tracks that have just got a look.
            cameras: those of this step; their other tracks may have looks enough by now.
        """
        for found in founds:
            camera, person, roster = found.look.view.camera, found.look.person, found.roster
            rules = rules_of(camera, roster)
            self.offer(found.look)  # its track may be another one by now
            wanting = {name: t for name, t in watched(camera, roster).items() if name in rules}
            wanted = self._decider.wants(found.candidates, wanting, roster.memberships, NEAR_ALERT)
            if wanted or person.shown is not None:
                shown = self._shown(person)
                shown.rules, shown.wanted = rules, wanted
        for look in self._offered.values():
            if look.person.shown is not None and look.person.shown.wanted:
                self._keep(look)
        due = [
            (person.shown, camera.previous_at)
            for camera in cameras
            for person in camera.people.values()
            if camera.previous_at is not None and person.shown is not None and person.shown.wanted
        ]
        if due:
            self._check.ask(due)

    def said(self, person: TrackedPerson, camera: WatchedCamera) -> Presentation:
        """Return what is known of a track by now."""
        if person.shown is None or camera.previous_at is None:
            return OPEN
        return person.shown.known.at(camera.previous_at)

    def want(
        self,
        person: TrackedPerson,
        camera: WatchedCamera,
        rules: Mapping[str, PresentationRule],
    ) -> None:
        """Ask about a track from now on: an alert is there, or waits for the answer."""
        shown = self._shown(person)
        shown.rules, shown.wanted = rules, True
        if camera.previous_at is not None:
            shown.known.ask(camera.previous_at)

    def count(self, person: TrackedPerson) -> None:
        """Count a track that has ended by its verdict, where one was asked for."""
        if person.shown is None or not person.shown.known.asked:
            return
        verdict = person.shown.known.at(person.evidence.last_seen_at).verdict
        self._metrics.count(f"{COUNTED}{verdict.value}")

    def count_held(self) -> None:
        """Count an alert that is told to nobody since it looks like an attack."""
        self._metrics.count(f"{COUNTED}{HELD}")

    def strip(self, person: TrackedPerson, decision: Decision) -> Snapshot | None:
        """Return the picture that goes with an alert or update, where there is one."""
        told = decision.verdict in {Verdict.ALERT, Verdict.UPDATE}
        if not told or decision.presentation is None or person.shown is None:
            return None
        return self._check.strip(person.shown)

    def _shown(self, person: TrackedPerson) -> Shown:
        if person.shown is None:
            person.shown = self._check.track()
        return person.shown
