"""BLAS takes one thread: matrices are tiny in tests, and workers share the cores.

So do the processes that tests start, unless they say otherwise. NumPy reads it when it
is first imported, which is later than this.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
