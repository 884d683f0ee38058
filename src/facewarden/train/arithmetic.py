"""How this process computes: threads, and whether only repeatable operations are used."""

import os

import torch

from facewarden.train.recipe import ArithmeticRecipe


def prepare_process(recipe: ArithmeticRecipe, device: torch.device, *, threads: int = 0) -> None:
    """Set torch up; it keeps these settings for the whole process.

    Args:
        threads: of the processor; 0 takes the recipe's.
    """
    wanted = threads or recipe.threads
    if wanted:
        torch.set_num_threads(wanted)
    # Operations without a repeatable form are told by a warning: stopping helps nobody.
    torch.use_deterministic_algorithms(recipe.deterministic, warn_only=True)
    # Else it would fill every new tensor, to show reads of what was never written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if device.type == "cuda":
        if recipe.deterministic:
            # cuBLAS asks for it: https://docs.nvidia.com/cuda/cublas, "Results reproducibility".
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = not recipe.deterministic
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
