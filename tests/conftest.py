"""Settings every test shares."""

import os

from hypothesis import settings

# The same examples on every machine, however busy it is: a failure here is a failure everywhere.
settings.register_profile("perennial", deadline=None, derandomize=True)
settings.load_profile("perennial")

# Runs of tests go to folders of theirs, whatever server the machine's owner logs to.
for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
    os.environ.pop(name, None)
