"""Run by `benchmarks.haar` in an environment with OpenCV 4: pictures in, boxes out.

For each picture a line of JSON {"height", "width", "size_px"} and its bytes (BGR, uint8) arrive on
standard input; a line of JSON with boxes, scores and the thread's processor seconds goes out.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np

cv2.setNumThreads(1)
CASCADE = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"


def main() -> None:
    cascade = cv2.CascadeClassifier(str(CASCADE))  # type: ignore[attr-defined, unused-ignore]
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        height, width = asked["height"], asked["width"]
        pixels = sys.stdin.buffer.read(height * width * 3)
        image = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
        began = time.process_time()
        scale = min(1.0, asked["size_px"] / max(height, width))
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        # OpenCV's own defaults, as its tutorial calls it: steps of 1.1, three neighbours.
        found, _, weights = cascade.detectMultiScale3(
            grey, scaleFactor=1.1, minNeighbors=3, outputRejectLevels=True
        )
        boxes = [[x / scale, y / scale, (x + w) / scale, (y + h) / scale] for x, y, w, h in found]
        scores = np.ravel(weights).tolist()
        spent = time.process_time() - began
        print(json.dumps({"boxes": boxes, "scores": scores, "cpu_s": spent}), flush=True)


if __name__ == "__main__":
    main()
