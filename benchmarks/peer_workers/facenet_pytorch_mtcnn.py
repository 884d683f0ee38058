"""facenet-pytorch's MTCNN with its defaults; gives five landmarks, which facewarden then embeds.

Its wheel has the detector's weights only. Those of its InceptionResnetV1 come from its releases.
"""

# mypy: disable-error-code="import-not-found,import-untyped"

import sys
import types
from importlib.metadata import version

import numpy as np
import torch
from PIL import Image
from serve import nearest_centre, serve

torch.set_num_threads(1)


def nms(boxes: torch.Tensor, scores: torch.Tensor, most: float) -> torch.Tensor:
    """Greedy suppression by intersection over union, as torchvision.ops.nms states it."""
    rows, area = boxes.numpy(), (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    areas, order, kept = area.numpy(), scores.argsort(descending=True).numpy(), []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(rows[best, :2], rows[rest, :2])
        sides = np.maximum(np.minimum(rows[best, 2:], rows[rest, 2:]) - low, 0)
        shared = sides[:, 0] * sides[:, 1]
        order = rest[shared <= most * (areas[best] + areas[rest] - shared)]
    return torch.tensor(kept, dtype=torch.int64)


def batched_nms(
    boxes: torch.Tensor, scores: torch.Tensor, groups: torch.Tensor, most: float
) -> torch.Tensor:
    """Boxes of different groups are moved apart, so that they never meet."""
    if not len(boxes):
        return torch.empty(0, dtype=torch.int64)
    apart = groups.to(boxes) * (boxes.max() + 1)
    return nms(boxes + apart[:, None], scores, most)


# It needs two names of torchvision, whose builds need CUDA in some indexes; these stand for them.
for name in ("torchvision", "torchvision.ops", "torchvision.ops.boxes", "torchvision.transforms"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torchvision.ops.boxes"].batched_nms = batched_nms  # type: ignore[attr-defined]
functional = types.ModuleType("torchvision.transforms.functional")
functional.to_tensor = lambda image: torch.from_numpy(  # type: ignore[attr-defined]
    np.array(image, np.float32).transpose(2, 0, 1) / 255
)
sys.modules["torchvision.transforms"].functional = functional  # type: ignore[attr-defined]

from facenet_pytorch import MTCNN  # noqa: E402

finder = MTCNN(keep_all=True, device="cpu")


def embed(path: str) -> object:
    image = Image.open(path).convert("RGB")
    boxes, _, points = finder.detect(image, landmarks=True)
    if boxes is None:
        return None
    return points[nearest_centre(boxes, *image.size)]


serve(embed, f"facenet-pytorch {version('facenet-pytorch')} MTCNN, torch {torch.__version__}")
