"""Where the time and the memory of a training step go; see `profile`."""

from scratchgan.profiling.profile import Profile, profile_system
from scratchgan.profiling.record import Record, Row

__all__ = ["Profile", "Record", "Row", "profile_system"]
