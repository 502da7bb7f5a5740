"""Workers and homes as the contract's tests have them."""

from tests.contract.conftest import home, own, worker_of  # noqa: F401
