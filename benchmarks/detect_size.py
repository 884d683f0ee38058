"""How high a face must be, as the detector sees it, to be found and to be aligned well.

    scripts/bench detect_size --lfw LFW [--every 40]

The subject of an LFW image is brought to 40 px within a grey picture of 640 px, as a camera sees a
distant face. The detector sees that picture scaled down further. Counted are the faces found at
confidence 0.6, and how near the template is (cosine) to that of the same pixels with the landmarks
of the full image; a face found at 0.3 counts there.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lfw import central
from facewarden.align.align import align
from facewarden.data import Float32, Image
from facewarden.detect.detector import Detector
from facewarden.detect.refine import CloseUpDetector
from facewarden.embed.embedder import Embedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.geometry.boxes import iou
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.registry import Registry, models_dir
from facewarden.wiring.eyes import make_detector

FACE_PX, WIDTH_PX, HEIGHT_PX, CORNER_PX = 40, 640, 360, (200, 100)
HEIGHTS_PX = (8, 10, 12, 13, 14, 16, 18, 20, 24, 32, 40)
SURE, LIKELY = 0.6, 0.3
SAME_FACE_IOU = 0.5


def distant(image: Image, detector: Detector) -> tuple[Image, Float32, Float32] | None:
    """A picture of the subject from afar, with the true box and landmarks."""
    faces = CloseUpDetector(detector).detect(image, size_px=640, min_confidence=SURE)
    if not len(faces):
        return None
    row = central(image, faces)
    factor = FACE_PX / float(faces.height_px[row])
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    factor = small.shape[1] / image.shape[1]
    x, y = CORNER_PX
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 110, np.uint8)
    height, width = min(small.shape[0], HEIGHT_PX - y), min(small.shape[1], WIDTH_PX - x)
    picture[y : y + height, x : x + width] = small[:height, :width]
    corner = np.array(CORNER_PX, np.float32)
    box = faces.boxes[row] * np.float32(factor) + np.tile(corner, 2)
    return picture, box, faces.landmarks[row] * np.float32(factor) + corner


def seen(
    picture: Image, box: Float32, landmarks: Float32, detector: Detector, embedder: Embedder
) -> list[tuple[float, float]]:
    """Per height the confidence, 0 where not found, and the cosine."""
    crops, confidences = [align(picture, landmarks[None])], []
    for height_px in HEIGHTS_PX:
        size_px = round(WIDTH_PX * height_px / FACE_PX)
        faces = detector.detect(picture, size_px=size_px, min_confidence=LIKELY)
        overlap = iou(box[None], faces.boxes)[0]
        row = int(overlap.argmax()) if len(faces) else -1
        found = row >= 0 and overlap[row] >= SAME_FACE_IOU
        confidences.append(float(faces.confidence[row]) if found else 0.0)
        crops.append(align(picture, faces.landmarks[[row]] if found else landmarks[None]))
    vectors = embedder.embed(np.concatenate(crops)).vectors
    return list(zip(confidences, (vectors[1:] @ vectors[0]).tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lfw", type=Path, required=True, help="folder of LFW")
    parser.add_argument("--every", type=int, default=40, help="take every n-th image")
    parser.add_argument("--detector", default=DEFAULT_DETECTOR)
    parser.add_argument("--models", type=Path, help="folder of models")
    chosen = parser.parse_args()
    registry = Registry(models_dir(chosen.models))
    detector = make_detector(open_stages(registry, chosen.detector))
    card, session = open_session(registry, DEFAULT_EMBEDDER)
    embedder = OnnxEmbedder(session, card)
    rows = []
    for path in sorted((chosen.lfw / "images").rglob("*.jpg"))[:: chosen.every]:
        image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
        subject = distant(image, detector)
        if subject is not None:
            rows.append(seen(*subject, detector, embedder))
    figures = np.array(rows)  # image, height, (confidence, cosine)
    print(f"{chosen.detector}, {len(figures)} faces of {FACE_PX} px")
    for height_px, (confidence, cosine) in zip(HEIGHTS_PX, figures.transpose(1, 2, 0), strict=True):
        near = cosine[confidence > 0]
        print(
            f"{height_px:3} px: found {(confidence >= SURE).mean():.3f}, cosine "
            f"{near.mean() if len(near) else float('nan'):.3f} ({len(near)} faces)"
        )


if __name__ == "__main__":
    main()
