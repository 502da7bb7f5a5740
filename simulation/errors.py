"""What can go wrong when a world is asked for."""


class WorldError(ValueError):
    """A world cannot be made as asked. The message says what happened, what was expected, what to do."""
