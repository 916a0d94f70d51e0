"""CUDA twins of the primitives: one `.cu` source and one launcher each.

A launcher takes a `Run`, whoever runs a kernel, and arrays of its device; see `launch`.
"""
