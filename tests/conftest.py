"""What holds for all tests: a property takes as long as it takes, for on a busy machine any step of it may be slow."""

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
