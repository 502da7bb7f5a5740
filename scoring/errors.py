"""What can be wrong with a release or a model, each with a sentence an operator can act on."""


class ServingError(Exception):
    """A problem an operator can mend. The message says what happened, what was expected, what to do."""


class ReleaseError(ServingError):
    """A release or model on disk is not what its digests, its format or its features say."""
