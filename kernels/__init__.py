"""Primitives in which the time is spent, one file each.

A primitive is a plain function on arrays with a stated equation. The NumPy form is the
definition; a CUDA source in `cuda/` is compared with it.
Imported as `scratchgan.kernels`.
"""
