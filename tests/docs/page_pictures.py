"""Pictures of the pages under /ui/ for docs/guide, of simulated people; made by hand when the pages change.

perennial simulate --customers 500 --months 14 --seed 7 --out world    with the actions of docs/guide/actions.md
perennial train all --shop world; perennial nightly --shop world
python -m tests.docs.page_pictures SHOP TODAY                           SHOP as it stands under PERENNIAL_HOME/releases
"""

import io
import sys
import tempfile
from datetime import date
from pathlib import Path

from PIL import Image
from prometheus_client import CollectorRegistry

from serving.http.api_keys import add_key, remove_key
from serving.http.metrics import Metrics
from serving.settings import read_settings
from serving.worker import Worker
from tests.serving.ui.chromium import Tab, chromium
from tests.serving.ui.served import served

FOLDER = Path(__file__).parents[2] / "docs/guide/images"
WIDE, NARROW = 1100, 390
_NAME = "pictures"


def main(shop: str, today: str) -> None:
    """Write the pictures of every page in both languages."""
    worker = Worker(
        read_settings(shop=shop, today=date.fromisoformat(today)), Metrics(CollectorRegistry()), lambda _: None
    )
    worker.start()
    key = add_key(worker.state, _NAME, ["ui"])
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            served(worker.application) as address,
            chromium(Path(folder)) as one,
        ):
            for language in ("en", "zh"):
                _taken(one.tab(), address, key, language)
    finally:
        remove_key(worker.state, _NAME)
        worker.stop()


def _taken(tab: Tab, address: str, key: str, language: str) -> None:
    tab.resize(WIDE, 420)
    tab.open(f"{address}/ui/sign-in?lang={language}")
    _keep(tab, "sign-in", language)
    tab.run(f"document.querySelector('#key').value = '{key}'")
    tab.submit("document.querySelector('.stacked').requestSubmit()")
    tab.resize(WIDE, 760)
    _keep(tab, "today", language)
    tab.resize(NARROW, 760)
    _keep(tab, "today-phone", language)
    tab.resize(WIDE, 760)
    tab.submit("document.querySelector('button.link').click()")
    tab.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    tab.run("document.querySelector('#channel').value = 'web'")
    tab.submit("document.querySelector('.if form').requestSubmit()")
    tab.run("document.querySelectorAll('details').forEach((one) => one.open = true); scrollTo(0, 0)")
    tab.resize(WIDE, min(tab.tall(), 2100))
    _keep(tab, "customer", language)
    tab.resize(WIDE, 760)
    tab.open(f"{address}/ui/report")
    _keep(tab, "report", language)


def _keep(tab: Tab, name: str, language: str) -> None:
    """Few colours are enough for text, and a tenth of the bytes."""
    picture = Image.open(io.BytesIO(tab.picture())).convert("RGB").quantize(48, dither=Image.Dither.NONE)
    picture.save(FOLDER / f"ui-{name}.{language}.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
