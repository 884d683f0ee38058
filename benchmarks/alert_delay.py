"""From the decision to the row in the queue of a browser: `scripts/bench alert_delay`.

    scripts/bench alert_delay [--alerts 100] [--pages 1] [--before 10000]

`facewarden serve` runs in a process of its own over a store with --before alerts; --pages headless
Chromium pages show the queue, signed in as different people. Then --alerts alerts are committed by
this process, as a watch commits them, at random moments 0.3 to 1.2 s apart. An observer in each
page notes when the row of an alert is in the document. What is told is that time less the alert's
`decided_at`, which is taken just before the commit: the commit itself, the server's poll of the
store, the event stream and the page's own work are in it; the queue of the watch's recorder, empty
as a rule, and painting, up to 17 ms at 60 Hz, are not. All clocks are this machine's.
"""

import argparse
import contextlib
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.alert_pages import _alert as an_alert
from benchmarks.alert_pages import fill
from benchmarks.running import environment
from facewarden.access.principal import Role, Scope
from facewarden.server.gatekeeper import COOKIE
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url

SETTLED_S = 10.0
"""What is not in a page so long after the last commit counts as missing."""
OBSERVER = """() => {
    window.there = {};
    const note = () => {
        const now = Date.now();
        for (const row of document.querySelectorAll(".queue-list li"))
            window.there[row.dataset.id] ??= now;
    };
    note();
    new MutationObserver(note).observe(document.body, {childList: true, subtree: true});
}"""


def wait_until_ready(address: str) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def queue(browser: Browser, store: Store, address: str, number: int) -> Page:
    """Return a page that shows the queue live, of somebody of their own."""
    account = store.people.create(f"person{number}", Role.OPERATOR, Scope(), actor="bench")
    secret, _ = store.sessions.begin(
        account.user_id,
        lasts=timedelta(hours=1),
        address="127.0.0.1",
        agent="bench",
        how="bench",
    )
    context = browser.new_context()
    context.add_cookies([{"name": COOKIE, "value": secret, "url": address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/#/alerts")
    page.locator(".line", has_text="Live").wait_for()
    page.evaluate(OBSERVER)
    return page


def raise_alerts(store: Store, number: int) -> dict[str, datetime]:
    """Commit alerts one by one; return when each was decided."""
    chance = random.Random(3)
    names = [f"person {n}" for n in range(10_000)]
    decided = {}
    for _ in range(number):
        time.sleep(chance.uniform(0.3, 1.2))
        made = an_alert(chance, 0, 1, names)
        now = datetime.now(UTC)
        store.alerts.record(
            replace(made, seen_at=now, last_seen_at=now, received_at=now, decided_at=now), []
        )
        decided[made.alert_id] = now
    return decided


def told(delays_s: Sequence[float], missing: int) -> str:
    """Return the figures in words."""
    cuts = statistics.quantiles(delays_s, n=100, method="inclusive")
    return (
        f"{len(delays_s)} rows, {missing} missing; ms from the decision to the row: p50 "
        f"{1000 * cuts[49]:.0f}, p95 {1000 * cuts[94]:.0f}, most {1000 * max(delays_s):.0f}; "
        f"over 1 s: {sum(one > 1 for one in delays_s)}"
    )


def measure(store: Store, address: str, chromium: str, given: argparse.Namespace) -> None:
    """Open the pages, raise the alerts, and print what the pages saw."""
    with sync_playwright() as playwright:
        # Root has no sandbox in Chromium; it opens no pages but ours.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = [queue(browser, store, address, number) for number in range(given.pages)]
        decided = raise_alerts(store, given.alerts)
        deadline_s = time.monotonic() + SETTLED_S
        while True:
            seen = [page.evaluate("window.there") for page in pages]
            if all(decided.keys() <= there.keys() for there in seen):
                break
            if time.monotonic() > deadline_s:
                break
            pages[0].wait_for_timeout(200)
        browser.close()
    delays_s = [
        there[alert_id] / 1000 - at.timestamp()
        for there in seen
        for alert_id, at in decided.items()
        if alert_id in there
    ]
    print(told(delays_s, len(decided) * len(pages) - len(delays_s)))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=100)
    parser.add_argument("--pages", type=int, default=1)
    parser.add_argument("--before", type=int, default=10_000)
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        key = TemplateKey.load(home / "facewarden.key", env={}, create=True)
        with open_store(sqlite_url(home / "facewarden.sqlite"), key) as store:
            fill(store, key, given.before)
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            server = subprocess.Popen(
                [sys.executable, "-m", "facewarden", "serve", "--port", str(port)],
                env=environment(home),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                address = f"http://127.0.0.1:{port}"
                wait_until_ready(address)
                measure(store, address, chromium, given)
            finally:
                server.terminate()
                server.wait(20)


if __name__ == "__main__":
    main()
