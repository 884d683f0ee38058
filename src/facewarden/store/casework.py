"""The work on alerts as it is kept: who acknowledged, judged, commented, handed over, reopened."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from facewarden.data import Review, ReviewState
from facewarden.data.casework import Case, CaseAction, CaseEvent, CaseStatus
from facewarden.errors import StoreError, StoreStale
from facewarden.govern import casework as rules
from facewarden.govern.lifecycle import require_words
from facewarden.govern.person import Person
from facewarden.store.alert_changes import note_change
from facewarden.store.alerts import DECIDED, Alerts
from facewarden.store.anchors import AnchorChange
from facewarden.store.audit import Audit
from facewarden.store.casework_rules import CaseRules
from facewarden.store.database import Database, insert_into
from facewarden.store.governance_tables import casework as casework_table
from facewarden.store.governance_tables import casework_event
from facewarden.store.key import TemplateKey
from facewarden.store.tables import alert

_ACTIONS = {ReviewState.CONFIRMED: CaseAction.CONFIRM, ReviewState.REJECTED: CaseAction.REJECT}


class Casework(CaseRules):
    """The cases of a store: one for each alert that somebody has touched.

    Each action is one transaction with the verdict it brings about and its entry in the audit log.
    Comments and reasons are sealed.
    """

    def __init__(self, database: Database, key: TemplateKey, audit: Audit, alerts: Alerts) -> None:
        super().__init__(database, audit)
        self._key = key
        self._alerts = alerts

    def get(self, alert_id: str) -> Case:
        """Return how the work on an alert stands.

        Raises:
            StoreError: no such alert.
        """
        with self._database.read() as connection:
            return self._case(connection, alert_id)

    def cases(self, alert_ids: Sequence[str]) -> dict[str, Case]:
        """Return how the work on each of these alerts stands, those of one page of a list."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(casework_table, alert.c.state, alert.c.alert_id.label("id"))
                .select_from(alert)
                .outerjoin(casework_table, casework_table.c.alert_id == alert.c.alert_id)
                .where(alert.c.alert_id.in_(alert_ids))
            ).all()
        return {row.id: _as_case(row) for row in rows}

    def queue(
        self,
        *,
        statuses: Sequence[CaseStatus] = (),
        assignee: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[tuple[int, Case]]:
        """Return cases that somebody has touched, newest alert first, with their positions.

        Args:
            statuses: only those in one of them; empty: all.
            before: only those of smaller position: the last one of the page before.
        """
        wanted: list[ColumnElement[bool]] = []
        if statuses:
            wanted.append(casework_table.c.status.in_([str(one) for one in statuses]))
        if assignee is not None:
            wanted.append(casework_table.c.assignee == assignee)
        if before is not None:
            wanted.append(alert.c.position < before)
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    casework_table, alert.c.state, alert.c.alert_id.label("id"), alert.c.position
                )
                .join(alert, alert.c.alert_id == casework_table.c.alert_id)
                .where(*wanted)
                .order_by(alert.c.position.desc())
                .limit(limit)
            ).all()
        return [(row.position, _as_case(row)) for row in rows]

    def history(self, alert_id: str) -> tuple[CaseEvent, ...]:
        """Return everything that was done with an alert, oldest first.

        Raises:
            StoreError: no such alert.
            KeyRefused: a stored text was changed.
        """
        with self._database.read() as connection:
            self._case(connection, alert_id)
            return self._history(connection, alert_id)

    def acknowledge(self, alert_id: str, login: str, *, user_id: int | None = None) -> Case:
        """Say that somebody has seen it; nothing happens when somebody has."""
        with self._database.write() as connection:
            before = self._case(connection, alert_id)
            if before.acknowledged_at is not None:
                return before
            return self._do(
                connection,
                before,
                Person(login, user_id),
                CaseAction.ACKNOWLEDGE,
                rules.acknowledged(before.status),
            )

    def comment(self, alert_id: str, login: str, text: str, *, user_id: int | None = None) -> Case:
        """Add a comment.

        Raises:
            StoreError: no such alert.
            DataError: an empty or endless text.
        """
        require_words("the comment", text)
        with self._database.write() as connection:
            before = self._case(connection, alert_id)
            return self._do(
                connection,
                before,
                Person(login, user_id),
                CaseAction.COMMENT,
                before.status,
                text=text,
            )

    def escalate(
        self, alert_id: str, login: str, reason: str, *, user_id: int | None = None
    ) -> Case:
        """Ask for somebody else's opinion.

        Raises:
            StoreError: no such alert.
            DataError: no reason, or it is decided.
        """
        require_words("the reason", reason)
        with self._database.write() as connection:
            before = self._case(connection, alert_id)
            return self._do(
                connection,
                before,
                Person(login, user_id),
                CaseAction.ESCALATE,
                rules.escalated(before.status),
                text=reason,
            )

    def hand_over(
        self,
        alert_id: str,
        login: str,
        assignee: str,
        text: str = "",
        *,
        user_id: int | None = None,
        version: int | None = None,
    ) -> Case:
        """Give it to somebody, by login.

        Args:
            version: of the case that was read before; None: whatever it is.

        Raises:
            StoreError: no such alert.
            StoreStale: somebody has done something with it since.
            DataError: nobody named.
        """
        require_words("the assignee", assignee)
        with self._database.write() as connection:
            before = self._case(connection, alert_id)
            _require_version(before, version)
            return self._do(
                connection,
                before,
                Person(login, user_id),
                CaseAction.HAND_OVER,
                before.status,
                text=text,
                assignee=assignee.strip(),
            )

    def judge(
        self, review: Review, *, anchor: bool = True, user_id: int | None = None
    ) -> tuple[Case, AnchorChange]:
        """Confirm or reject, under the rules of the alert's watchlist.

        Where the watchlist asks for two people, the first confirmation leaves the alert
        unreviewed; see `govern.casework.judged`. An alert that was judged so stays under that
        rule, also where the watchlist asks for less since: nobody becomes the second person by
        changing it.

        Args:
            review: of state CONFIRMED or REJECTED.
            anchor: a rejection holds this face back from the subject; see `Alerts.review`.
            user_id: of the reviewer.

        Raises:
            StoreError: no such alert.
            DataError: this person may not say this now, or a rejection without a reason.
        """
        action = _ACTIONS[review.state]
        if action is CaseAction.REJECT:
            require_words("the reason", review.reason)
        person = Person(review.reviewer, user_id)
        with self._database.write() as connection:
            before = self._case(connection, review.alert_id)
            two_person = self._rules(connection, review.alert_id).two_person
            status = rules.judged(
                before.status,
                self._history(connection, review.alert_id),
                person,
                action,
                two_person=two_person,
            )
            change = self._settle(connection, before, status, review, anchor=anchor)
            case = self._do(
                connection,
                *(before, person, action, status),
                text=review.reason,
                two_person=two_person,
            )
        return case, change

    def reopen(
        self,
        alert_id: str,
        login: str,
        reason: str,
        *,
        user_id: int | None = None,
        version: int | None = None,
    ) -> tuple[Case, AnchorChange]:
        """Undo a verdict, with a reason: the anchor of a rejection is taken back, too.

        Args:
            version: of the case that was read before; None: whatever it is.

        Raises:
            StoreError: no such alert.
            StoreStale: somebody has done something with it since.
            DataError: no reason, or nothing to undo.
        """
        require_words("the reason", reason)
        with self._database.write() as connection:
            before = self._case(connection, alert_id)
            _require_version(before, version)
            status = rules.reopened(before.status, acknowledged=before.acknowledged_at is not None)
            undo = Review(
                alert_id, ReviewState.UNREVIEWED, login, reason.strip(), self._database.clock()
            )
            change = self._settle(connection, before, status, undo, anchor=False)
            person = Person(login, user_id)
            case = self._do(connection, before, person, CaseAction.REOPEN, status, text=reason)
        return case, change

    def _settle(
        self,
        connection: Connection,
        before: Case,
        status: CaseStatus,
        review: Review,
        *,
        anchor: bool,
    ) -> AnchorChange:
        """Give the alert the verdict of its new status; the first of two people gives none."""
        wanted = rules.REVIEW.get(status, ReviewState.UNREVIEWED)
        had = rules.REVIEW.get(before.status, ReviewState.UNREVIEWED)
        if wanted is ReviewState.UNREVIEWED and had is ReviewState.UNREVIEWED:
            return AnchorChange.NONE
        verdict = Review(
            review.alert_id, wanted, review.reviewer, review.reason, review.reviewed_at
        )
        return self._alerts.review_within(connection, verdict, anchor=anchor)

    def _do(
        self,
        connection: Connection,
        before: Case,
        person: Person,
        action: CaseAction,
        status: CaseStatus,
        *,
        text: str = "",
        assignee: str = "",
        two_person: bool = False,
    ) -> Case:
        now = self._database.clock()
        seen_by, seen_at = before.acknowledged_by, before.acknowledged_at
        if seen_at is None and action is not CaseAction.HAND_OVER:
            seen_by, seen_at = person.login, now
        values: dict[str, Any] = {
            "status": str(status),
            "version": before.version + 1,
            "acknowledged_by": seen_by,
            "acknowledged_at": seen_at,
            "assignee": assignee or before.assignee,
        } | ({"two_person": True} if two_person else {})
        connection.execute(
            insert_into(connection, casework_table)
            .values(alert_id=before.alert_id, **values)
            .on_conflict_do_update(index_elements=["alert_id"], set_=values)
        )
        words = self._key.seal(text.strip().encode(), _purpose(before.alert_id))
        connection.execute(
            insert(casework_event).values(
                alert_id=before.alert_id,
                at=now,
                actor=person.login,
                actor_id=person.user_id,
                action=str(action),
                assignee=assignee,
                words=words if text.strip() else None,
            )
        )
        connection.execute(
            update(alert)
            .where(alert.c.alert_id == before.alert_id)
            .values(work=values["status"], assignee=values["assignee"])
        )
        note_change(connection, before.alert_id)
        self._audit.note(
            connection,
            f"alert.{action.replace(' ', '_')}",
            f"alert:{before.alert_id}",
            {"status": str(status)} | ({"assignee": assignee} if assignee else {}),
            actor=person.login,
        )
        return self._case(connection, before.alert_id)

    def _case(self, connection: Connection, alert_id: str) -> Case:
        row = connection.execute(
            select(casework_table, alert.c.state, alert.c.alert_id.label("id"))
            .select_from(alert)
            .outerjoin(casework_table, casework_table.c.alert_id == alert.c.alert_id)
            .where(alert.c.alert_id == alert_id)
        ).one_or_none()
        if row is None:
            raise StoreError(f"there is no alert {alert_id!r}", remedy="list the alerts")
        return _as_case(row)

    def _history(self, connection: Connection, alert_id: str) -> tuple[CaseEvent, ...]:
        rows = connection.execute(
            select(casework_event)
            .where(casework_event.c.alert_id == alert_id)
            .order_by(casework_event.c.event_id)
        ).all()
        return tuple(
            CaseEvent(
                row.event_id,
                row.at,
                row.actor,
                CaseAction(row.action),
                self._key.unseal(row.words, _purpose(alert_id)).decode() if row.words else "",
                row.assignee,
                row.actor_id,
            )
            for row in rows
        )


def _as_case(row: Row[Any]) -> Case:
    if row.status is None:
        # Judged before there was casework, or nobody has touched it.
        return Case(row.id, DECIDED.get(ReviewState(row.state), CaseStatus.NEW))
    return Case(
        row.id,
        CaseStatus(row.status),
        row.version,
        row.acknowledged_by,
        row.acknowledged_at,
        row.assignee,
    )


def _require_version(case: Case, version: int | None) -> None:
    if version is not None and case.version != version:
        raise StoreStale(
            "somebody has done something with this alert meanwhile",
            expected=f"version {version}",
            found=f"version {case.version}",
            remedy="read it again",
        )


def _purpose(alert_id: str) -> str:
    return f"casework:{alert_id}"
