"""Keep memory that was freed, for the next step."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""M_TRIM_THRESHOLD and M_MMAP_MAX of glibc's malloc.h."""


def keep_freed_memory() -> bool:
    """Have this process keep what it frees; tell whether the C library can.

    Every step takes and frees activations of the same hundreds of megabytes. glibc gives blocks
    beyond 32 MiB back at once and the system clears each page anew: a fifth of the processor's time
    of VGG16. Memory stays at the most that was needed, so call it in a process that only trains.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, 2**31 - 1))
