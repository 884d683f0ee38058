"""The package mtcnn with its defaults; gives five landmarks, which facewarden then embeds."""

# mypy: disable-error-code="import-not-found,import-untyped"

from importlib.metadata import version

import tensorflow
from mtcnn import MTCNN
from mtcnn.utils.images import load_image
from serve import nearest_centre, serve

tensorflow.config.threading.set_intra_op_parallelism_threads(1)
tensorflow.config.threading.set_inter_op_parallelism_threads(1)
finder = MTCNN(device="CPU:0")
NAMES = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


def embed(path: str) -> object:
    image = load_image(path)
    found = finder.detect_faces(image)
    if not found:
        return None
    boxes = [(x, y, x + w, y + h) for x, y, w, h in (face["box"] for face in found)]
    points = found[nearest_centre(boxes, image.shape[1], image.shape[0])]["keypoints"]
    return [points[name] for name in NAMES]


serve(embed, f"mtcnn {version('mtcnn')}, tensorflow {tensorflow.__version__}")
