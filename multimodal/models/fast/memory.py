"""Memory that the C library keeps for the next tensor instead of giving it back at once.

A painting step makes and drops some hundred tensors of 30 MB. glibc asks the system for each of
them anew, and the system clears every page of it: a fifth of the step's time. With these thresholds
freed memory stays with the process until `give_back_memory`.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

# The numbers of glibc's malloc.h, and bytes.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 2**30


def keep_freed_memory() -> bool:
    """Let this process keep up to KEPT bytes that it has freed.

    Gives whether the C library can do that; other libraries than glibc cannot, and nothing changes.
    """
    library = _library()
    if not hasattr(library, "mallopt"):
        return False
    kept = library.mallopt(M_MMAP_THRESHOLD, KEPT), library.mallopt(M_TRIM_THRESHOLD, KEPT)
    return all(kept)


def give_back_memory() -> None:
    """Hand back to the system what is kept and not in use."""
    library = _library()
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def _library() -> Any:
    """The C library of this process; something without its functions where there is none."""
    return ctypes.CDLL(None) if sys.platform == "linux" else object()
