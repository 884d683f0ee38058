"""How fast photographs are enrolled, and that a second run adds nothing.

scripts/bench enrol --photos FOLDER [--each 1]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.running import environment


def run(home: Path, photographs: Path) -> tuple[Counter[str], float]:
    """Enrol through the command line; return the results by kind, and the seconds it took."""
    command = [sys.executable, "-m", "facewarden", "enrol", str(photographs), "--watchlist"]
    command += ["bench", "--face", "largest", "--json"]
    started = time.monotonic()
    done = subprocess.run(command, env=environment(home), stdout=subprocess.PIPE, check=False)
    rows = json.loads(done.stdout)
    return Counter(row["result"] for row in rows), time.monotonic() - started


def main() -> None:
    """Enrol the first photographs of every person twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True, help="a folder per person")
    parser.add_argument("--each", type=int, default=1, help="photographs of a person")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fw-") as scratch:
        chosen = Path(scratch) / "photos"
        for folder in sorted(path for path in arguments.photos.iterdir() if path.is_dir()):
            (chosen / folder.name).mkdir(parents=True)
            for photograph in sorted(folder.iterdir())[: arguments.each]:
                (chosen / folder.name / photograph.name).symlink_to(photograph.absolute())
        for attempt in ("first run", "second run"):
            results, seconds = run(Path(scratch) / "home", chosen)
            total = sum(results.values())
            print(f"{attempt}: {dict(results)}, {seconds:.1f} s, {total / seconds:.1f} a second")


if __name__ == "__main__":
    main()
