"""What can go wrong for a user, each with the exit code its command ends with."""


class PerennialError(Exception):
    """A problem a user can mend. The message says what happened, what was expected, what to do."""

    exit_code = 2


class ShopError(PerennialError):
    """The shop's folder or its shop.toml cannot be used as it stands."""


class DataError(PerennialError):
    """A table breaks its contract by more than the shop tolerates."""

    exit_code = 3


class CutoffError(PerennialError):
    """A cutoff, horizon or window does not fit the data's two clocks."""


class FeatureError(PerennialError):
    """A feature is unknown, badly declared, or not the one a model was trained on."""
