"""Batches read from the disk ahead of the step that needs them."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from facewarden.data import Float32, Int64
from facewarden.train.training_data import TrainingData

AHEAD = 4
"""Batches read before they are asked for; 128 faces of 112x112 are 4.8 MB."""


@dataclass(frozen=True, slots=True)
class Batch:
    """b faces on a device.

    Attributes:
        images: (b, 3, S, S) uint8 RGB.
        landmarks: (b, 5, 2) float32 px.
        labels: (b,) int64 classes.
        targets: (b, d) float32, a teacher's unit embeddings; (b, 0) without a teacher.
    """

    images: Tensor
    landmarks: Tensor
    labels: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        """Return it with something done to each of its parts."""
        return Batch(*(change(getattr(self, field.name)) for field in fields(self)))


def batches(
    data: TrainingData, rows: Iterable[Sequence[int]], device: torch.device
) -> Generator[Batch, None, None]:
    """Yield the faces of each list of rows; a thread reads ahead, in order.

    Close the iterator to end the thread.
    """
    pinned = device.type == "cuda"
    waiting: deque[Future[Batch]] = deque()
    source = iter(rows)
    with ThreadPoolExecutor(1, "loader") as reader:
        try:
            for wanted in source:
                waiting.append(reader.submit(read, data, wanted, pinned=pinned))
                if len(waiting) > AHEAD:
                    yield _moved(waiting.popleft().result(), device)
            while waiting:
                yield _moved(waiting.popleft().result(), device)
        finally:
            reader.shutdown(wait=True, cancel_futures=True)


def read(data: TrainingData, rows: Sequence[int], *, pinned: bool = False) -> Batch:
    """Return the faces of some rows, in memory."""
    wanted = np.asarray(rows, np.int64)
    images = np.empty((len(wanted), *data.prepared.images.shape[1:]), np.uint8)
    # Read in the order of the disk, put where the batch wants them.
    order = np.argsort(wanted, kind="stable")
    for place in order:
        images[place] = data.image(int(wanted[place]))
    batch = Batch(
        torch.from_numpy(images).permute(0, 3, 1, 2),
        torch.from_numpy(data.landmarks(wanted)),
        torch.from_numpy(data.class_of[wanted]),
        torch.from_numpy(_targets(data, wanted)),
    )
    return batch.each(lambda part: part.pin_memory()) if pinned else batch


def _targets(data: TrainingData, rows: Int64) -> Float32:
    return np.zeros((len(rows), 0), np.float32) if data.targets is None else data.targets[rows]


def _moved(batch: Batch, device: torch.device) -> Batch:
    if device.type == "cpu":
        return batch
    return batch.each(lambda part: part.to(device, non_blocking=True))
