"""What a watch costs beside the decoding that nobody can avoid; memory with several cameras.

    scripts/bench watch --clip CLIP --photos FOLDER [--cameras 4] [--seconds 60] [--rounds 3]
    scripts/bench watch --clip CLIP --photos FOLDER --cameras 8 --alone

The clip is looped as a camera in real time. CPU time is that of the whole process between two
moments of steady running. Beside it, in the same seconds, runs a process that only decodes the clip
at the same pace, so that a machine that is shared slows both. With --alone it does not run: for
how many cameras the machine holds, and whether a picture that was due was dropped. What each stage
of the route spent follows.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.running import watching

DECODE = """
import sys, time, av
start, shown = time.monotonic(), 0
while True:
    with av.open(sys.argv[1]) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        rate = float(stream.average_rate)
        for frame in container.decode(stream):
            shown += 1
            time.sleep(max(0.0, start + shown / rate - time.monotonic()))
"""


@contextmanager
def decoding(clip: Path, cameras: int) -> Iterator[list[psutil.Process]]:
    """Decode the clip at its own pace, once per camera, in processes of their own."""
    started = [subprocess.Popen([sys.executable, "-c", DECODE, str(clip)]) for _ in range(cameras)]
    try:
        yield [psutil.Process(process.pid) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """Return the user and system time that processes have spent."""
    return float(sum(sum(process.cpu_times()[:2]) for process in processes))


def main() -> None:
    """Measure in rounds and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True, help="a folder per person")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--analyse-fps", type=float, default=5)
    parser.add_argument("--alone", action="store_true", help="without the decoding beside it")
    arguments = parser.parse_args()
    folders = sorted(path for path in arguments.photos.iterdir() if path.is_dir())
    photographs = [sorted(folder.iterdir())[0] for folder in folders[: arguments.people]]
    clip = arguments.clip.absolute()
    folder = Path(tempfile.mkdtemp(prefix="fw-"))
    # Two cameras may not have one source, so each gets a name of its own for the clip.
    links = [folder / f"camera-{i}.mp4" for i in range(arguments.cameras)]
    for link in links:
        link.symlink_to(clip)
    settings = {
        "cameras": [
            {
                "id": f"camera-{i}",
                "source": str(links[i]),
                "realtime": True,
                "loop": True,
                "analyse_fps": arguments.analyse_fps,
            }
            for i in range(arguments.cameras)
        ]
    }
    ratios, costs, floors = [], [], []
    beside = 0 if arguments.alone else arguments.cameras
    with watching(settings, photographs) as watch, decoding(clip, beside) as plain:
        time.sleep(3)
        spent = watch.stages()
        began = time.monotonic()
        for number in range(1, arguments.rounds + 1):
            before, frames = watch.cpu_s(), sum(c["analysed"] for c in watch.status())
            floor = -cpu_s(plain)
            time.sleep(arguments.seconds)
            cost = watch.cpu_s() - before
            floor += cpu_s(plain)
            status = watch.status()
            analysed = sum(c["analysed"] for c in status) - frames
            ratios.append(cost / floor if floor else float("nan"))
            costs.append(cost / arguments.seconds)
            floors.append(floor / arguments.seconds)
            print(
                f"round {number}: watch {costs[-1]:.3f} cores, decoding {floors[-1]:.3f} cores, "
                f"ratio {ratios[-1]:.2f}; {analysed / arguments.seconds:.1f} frames/s analysed, "
                f"{sum(c['dropped'] for c in status)} dropped, {watch.rss_mb():.0f} MB"
            )
        seconds = time.monotonic() - began
        for stage, (items, total) in watch.stages().items():
            done, cost = items - spent.get(stage, (0, 0))[0], total - spent.get(stage, (0, 0))[1]
            print(
                f"{stage:8} {done / seconds:7.1f} a second, {1000 * cost / max(1, done):6.2f} ms "
                f"each, {cost / seconds:.3f} cores"
            )
    shutil.rmtree(folder)
    print(
        f"median: watch {statistics.median(costs):.3f} cores, "
        f"decoding {statistics.median(floors):.3f} cores, ratio {statistics.median(ratios):.2f}"
    )


if __name__ == "__main__":
    main()
