"""The routes of deployments."""

from collections.abc import Iterator

from facewarden.api.deployments import (
    Demographics,
    Deployment,
    DeploymentReport,
    DeploymentState,
    Plan,
    PublicKey,
    Reason,
)
from facewarden.client.connection import Connection, Seen


class Deployments:
    """The routes of deployments; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_deployments(self, *, state: DeploymentState | None = None) -> Iterator[Deployment]:
        """List deployments, the newest first."""
        return self._connection.pages(Deployment, "/api/v1/deployments", query={"state": state})

    def propose_deployment(self, given: Plan) -> Deployment:
        """Propose a deployment; somebody else authorises it."""
        return self._connection.call(
            Deployment, "POST", "/api/v1/deployments", body=given, once=True
        )

    def get_public_key(self) -> PublicKey:
        """Get what deletion certificates of this installation are checked with."""
        return self._connection.call(PublicKey, "GET", "/api/v1/deployments/public-key")

    def get_deployment(self, deployment_id: int) -> Seen[Deployment]:
        """Read one deployment."""
        return self._connection.seen(
            Deployment,
            "GET",
            "/api/v1/deployments/{deployment_id}",
            {"deployment_id": deployment_id},
        )

    def change_deployment(self, deployment_id: int, given: Plan, etag: str) -> Seen[Deployment]:
        """Change what is proposed. What was authorised stops, and needs a second person again."""
        return self._connection.seen(
            Deployment,
            "PUT",
            "/api/v1/deployments/{deployment_id}",
            {"deployment_id": deployment_id},
            body=given,
            etag=etag,
        )

    def authorise_deployment(self, deployment_id: int, etag: str) -> Seen[Deployment]:
        """Authorise what somebody else has proposed; who is on its watchlists now is frozen."""
        return self._connection.seen(
            Deployment,
            "POST",
            "/api/v1/deployments/{deployment_id}/authorise",
            {"deployment_id": deployment_id},
            etag=etag,
        )

    def withdraw_deployment(self, deployment_id: int, given: Reason) -> Seen[Deployment]:
        """Take back one that has not run."""
        return self._connection.seen(
            Deployment,
            "POST",
            "/api/v1/deployments/{deployment_id}/withdraw",
            {"deployment_id": deployment_id},
            body=given,
        )

    def end_deployment(self, deployment_id: int, given: Reason) -> Seen[Deployment]:
        """End a deployment now; its copies of watchlists are deleted at once."""
        return self._connection.seen(
            Deployment,
            "POST",
            "/api/v1/deployments/{deployment_id}/end",
            {"deployment_id": deployment_id},
            body=given,
        )

    def get_certificate(self, deployment_id: int) -> bytes:
        """Get the signed deletion certificate; 404 before there is one."""
        return self._connection.send(
            "GET",
            "/api/v1/deployments/{deployment_id}/certificate",
            {"deployment_id": deployment_id},
        ).content

    def get_report(self, deployment_id: int) -> DeploymentReport:
        """Get what a deployment did, ready to be published."""
        return self._connection.call(
            DeploymentReport,
            "GET",
            "/api/v1/deployments/{deployment_id}/report",
            {"deployment_id": deployment_id},
        )

    def get_report_by_attribute(self, deployment_id: int, given: Demographics) -> DeploymentReport:
        """Get the same with false alerts by attribute of the people looked for; audited."""
        return self._connection.call(
            DeploymentReport,
            "POST",
            "/api/v1/deployments/{deployment_id}/report",
            {"deployment_id": deployment_id},
            body=given,
        )

    def get_report_page(self, deployment_id: int) -> bytes:
        """Get the same as one HTML page that needs nothing else."""
        return self._connection.send(
            "GET",
            "/api/v1/deployments/{deployment_id}/report.html",
            {"deployment_id": deployment_id},
        ).content
