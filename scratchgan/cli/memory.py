"""What becomes of freed memory: a choice of this process, made when it starts.

glibc gives large arrays back to the system when they are freed, and the next array of
that size has to be mapped again and filled with zeros, page by page. A training step
makes hundreds. A library must not change how its user's process allocates; a command
may, and keeps what was freed for the next array.
"""

import ctypes

#: Names in glibc's malloc.h, and what to set them to; sizes in bytes.
TRIM_THRESHOLD, MMAP_THRESHOLD, TOP_PAD = -1, -3, -2
LARGEST, STEP = 2**31 - 1, 2**28


def keep_freed_memory() -> bool:
    """Ask glibc's malloc to keep freed memory and to grow in steps of 256 MiB.

    Returns
    -------
    bool
        False where there is no glibc: nothing is changed then.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    settings = {TRIM_THRESHOLD: LARGEST, MMAP_THRESHOLD: LARGEST, TOP_PAD: STEP}
    return all(mallopt(name, value) == 1 for name, value in settings.items())
