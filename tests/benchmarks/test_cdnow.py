import pytest

from benchmarks import cdnow
from features.errors import PerennialError
from training.data.btyd_fit import fit_purchases, purchase_log_likelihood


@pytest.fixture(scope="module")
def histories():
    try:
        return cdnow.published_histories(cdnow.prepare())
    except PerennialError as error:
        pytest.skip(f"CDNOW is not here: {error}")


def test_bg_nbd_reproduces_the_published_parameters(histories):
    """Fader, Hardie & Lee (2005), table 2: r .243, α 4.414, a .793, b 2.426, log-likelihood −9582.4."""
    fitted = fit_purchases(histories, modified=False)
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert {name: round(value, 3) for name, value in fitted.items()} == pytest.approx(published, rel=0.002)
    assert purchase_log_likelihood(histories, **fitted, modified=False).sum() == pytest.approx(-9582.4, abs=0.05)
