"""Several processes that train one network, as torchrun starts them.

Every process computes the loss of the whole batch from the embeddings of all, so that losses of
pairs and of classes alike give the gradients that one process with the whole batch would get.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch

# Its functions keep the group that there is when they are first imported, and the first
# DistributedDataParallel imports them: the group's threads would outlive World.close() and, now
# and then, abort a process that leaves. Imported here, before there is a group, they keep none.
import torch.distributed.nn.functional
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from facewarden.errors import ConfigError

PATIENCE = timedelta(hours=2)
"""How long processes wait for one that validates."""


@dataclass(frozen=True, slots=True)
class World:
    """The processes of a run, and which of them this is.

    Attributes:
        rank: from 0; process 0 writes and validates.
        size: how many there are.
    """

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def wrap(self, net: nn.Module) -> nn.Module:
        """Return the network as it is to be called in training."""
        if self.size == 1:
            return net
        if self.device.type == "cuda":
            # On the CPU torch has none: there each process normalises by its share of the batch.
            net = nn.SyncBatchNorm.convert_sync_batchnorm(net)  # type: ignore[no-untyped-call]
        return DistributedDataParallel(net)

    def gather(self, embeddings: Tensor) -> Tensor:
        """Return (size * b, d) of all processes' (b, d), in the order of their ranks."""
        if self.size == 1:
            return embeddings
        gathered: Tensor = _Gather.apply(embeddings, self.rank, self.size)  # type: ignore[no-untyped-call]
        return gathered

    def gather_labels(self, labels: Tensor) -> Tensor:
        """Return (size * b, ...) of all processes' (b, ...), in the order of their ranks."""
        return labels if self.size == 1 else _all(labels, self.size)

    def any(self, here: bool) -> bool:  # noqa: FBT001
        """Tell whether it is so in any process; all must ask."""
        if self.size == 1:
            return here
        flag = torch.tensor(float(here), device=self.device)
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag.item())

    def told(self, value: Any) -> Any:
        """Return what process 0 has, in all processes; all must ask."""
        if self.size == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, 0, device=self.device)
        return box[0]

    def close(self) -> None:
        """Leave the others."""
        if self.size > 1:
            distributed.destroy_process_group()


def join(device: str) -> World:
    """Return the world of this process; it is alone unless torchrun started it.

    Args:
        device: auto, cpu or cuda.

    Raises:
        ConfigError: a GPU is asked for and there is none for this process.
    """
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    here = int(os.environ.get("LOCAL_RANK", "0"))
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        device = "cuda" if found else "cpu"
    if device == "cuda" and here >= found:
        raise ConfigError(
            "there are too few GPUs that torch can use",
            expected=f"{here + 1}",
            found=f"{found}",
            remedy="--device cpu, or install a torch for this GPU",
        )
    chosen = torch.device("cuda", here) if device == "cuda" else torch.device("cpu")
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if size > 1:
        backend = "nccl" if chosen.type == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=PATIENCE)
    return World(chosen, rank, size)


class _Gather(torch.autograd.Function):
    """Embeddings of all; each process keeps the gradient of its own.

    It is multiplied by the number of processes, since DistributedDataParallel takes the mean of
    the network's gradients where their sum is what the whole batch would give.
    """

    @staticmethod
    def forward(ctx: Any, embeddings: Tensor, rank: int, size: int) -> Tensor:
        ctx.rank, ctx.size, ctx.here = rank, size, len(embeddings)
        return _all(embeddings, size)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        start = ctx.rank * ctx.here
        return gradients[0][start : start + ctx.here] * ctx.size, None, None


def _all(values: Tensor, size: int) -> Tensor:
    everybody = [torch.empty_like(values) for _ in range(size)]
    distributed.all_gather(everybody, values.contiguous())
    return torch.cat(everybody)
