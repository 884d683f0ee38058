"""An alert as an e-mail."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from html import escape

from facewarden.alert.wording import NOTE, doubt, facts, long_text, place
from facewarden.data import Delivery


def compose(
    delivery: Delivery,
    sender: str,
    recipients: Sequence[str],
    sent_at: datetime,
    *,
    with_snapshot: bool,
) -> EmailMessage:
    """Write plain text and HTML with the picture inside it.

    The subject line names the camera and whether a picture may have been shown, never the person:
    it is shown on locked screens and kept in the logs of mail servers. Every attempt has the same
    Message-ID, so that mailboxes can drop repeats.
    """
    alert = delivery.alert
    message = EmailMessage(policy=SMTP)
    again = "" if alert.revision == 1 else f", revision {alert.revision}"
    # Encoded words (RFC 2047) in a name would be read as what they hide.
    where = place(alert).replace("=?", "= ?")
    message["Subject"] = f"Candidate for review at {where}{doubt(alert)}{again}"
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Date"] = sent_at
    key = hashlib.sha256(delivery.idempotency_key.encode("utf-8", "replace")).hexdigest()
    message["Message-ID"] = f"<{key[:32]}@facewarden.invalid>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    message.set_content(_encodable(long_text(alert)) + "\n")
    picture = alert.snapshot if with_snapshot else None
    image = '<p><img src="cid:candidate" alt="candidate"></p>' if picture else ""
    message.add_alternative(_encodable(_html(facts(alert), image)), subtype="html")
    if picture:
        page = message.get_payload(1)
        assert isinstance(page, MIMEPart)  # noqa: S101  what add_alternative has just added
        page.add_related(
            picture.jpeg,
            "image",
            "jpeg",
            cid="<candidate>",
            filename=f"candidate-{alert.alert_id}.jpg",
            disposition="inline",
        )
    return message


def _html(rows: list[tuple[str, str]], image: str) -> str:
    table = "".join(
        f"<tr><th align=left>{escape(label)}</th><td>{escape(value)}</td></tr>"
        for label, value in rows
    )
    return f"<p>{escape(NOTE)}</p>{image}<table>{table}</table>"


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
