"""What can go wrong while serving, each with a sentence an operator can act on."""

from scoring.errors import ServingError


class SettingsError(ServingError):
    """A setting of the environment cannot be used as it stands."""


class SnapshotError(ServingError):
    """A snapshot on disk is missing, cut, or not the one its manifest describes."""


class RequestError(ServingError):
    """A request that is answered with one error body, never with a value from the request.

    Parameters
    ----------
    status : HTTP status
    code : what programs branch on, such as "invalid_field"
    message : a sentence for the engineer who integrates the call
    field : path of the offending field, such as "customer_ids[3]"
    retry_after : seconds after which trying again makes sense
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retry_after = retry_after
