"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no bug: no example has to end in time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
