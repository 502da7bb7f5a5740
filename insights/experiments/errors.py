"""What can go wrong with a trial."""

from features.errors import PerennialError


class ExperimentError(PerennialError):
    """A trial cannot be planned, dealt, checked or read as asked."""
