"""The parts of `benchmarks/gpu.py`, one file each.

A part is a module with three functions of a `Setting`:

    missing(setting) -> str          why it cannot run here; empty if it can
    items(setting) -> list of str    what it measures, the most important first
    measure(item, setting) -> dict   one of them, as JSON

It runs in a process of its own (`worker`), which reports item by item, so that what was
measured stays when the time is over or a later item fails.
"""
