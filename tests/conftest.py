"""Settings every test shares."""

from hypothesis import settings

# The same examples on every machine, however busy it is: a failure here is a failure everywhere.
settings.register_profile("perennial", deadline=None, derandomize=True)
settings.load_profile("perennial")
