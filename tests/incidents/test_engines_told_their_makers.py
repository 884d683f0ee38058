"""Every start of facewarden told Microsoft and Google: device id, paths, errors, times of use.

Both inference engines report on their own. They leave traces where they do: ONNX Runtime a database
in the cache folder, OpenVINO a counter in ~/intel; what leaves no trace is looked for in the
threads and connections that are open.
"""

import os
import subprocess
import sys
from pathlib import Path

RUN = """
import sys
import psutil
from pathlib import Path
from facewarden.errors import ModelRefused
from facewarden.models.add import add
from facewarden.models.engines import choices
from facewarden.models.registry import Registry
from small_models import small_card, small_embedder, write_pair

folder = Path(sys.argv[1])
for name, model in {"good": small_embedder(), "bad": b"text"}.items():
    try:
        add(Registry(folder / "cache"), *write_pair(folder, model, small_card(model_id=name)))
    except ModelRefused:
        pass
print(len(choices()), [c for c in psutil.Process().net_connections() if c.raddr])
"""


def test_the_engines_write_and_send_nothing(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    kept = {k: v for k, v in os.environ.items() if k not in {"ORT_DISABLE_TELEMETRY", "CI"}}
    kept |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    kept["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(work)],
        env=kept,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split(maxsplit=1)[1].strip() == "[]"
    left = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
    assert not left
