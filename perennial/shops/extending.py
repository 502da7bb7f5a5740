"""`perennial trust` and `perennial features --laws`: a shop's own code, and whether it holds what ours holds."""

from pathlib import Path

from features.errors import FeatureError
from features.extension import features_of, unmistakable
from features.ingest.source.config import read_config
from features.shop import home_folder
from features.trust import Code, read_code, trust
from operations.feature_laws import hold
from perennial.terminal.printing import say, table
from perennial.terminal.progress import progress_bar


def trust_folder(folder: Path) -> None:
    """Record the code that a shop.toml names, and say what it is."""
    config = read_config(folder)
    code = read_code(config.folder, (*config.extend_features, *config.extend_tasks))
    if not code:
        say("shop.toml names no code under [extend]: there is nothing to trust.")
        return
    trust(code, home_folder())
    rows = [(str(one.path), one.content.count(b"\n"), one.sha256[:12]) for one in code]
    table(("may run from now on", "lines", "SHA-256"), rows, numbers=("lines",))


def tell_laws(path: Path) -> None:
    """Run a file's features through the laws.

    Raises
    ------
    FeatureError    if one is broken
    """
    try:
        code = Code(path.resolve(), path.read_bytes())
    except OSError as error:
        raise FeatureError(f"{path} cannot be read: {error.strerror}. Give the file of your features.") from None
    features = unmistakable(features_of(code))
    with progress_bar() as progress:
        laws = hold(features, progress=progress)
    said = [
        (law.name, law.skipped or ("broken by " + ", ".join(law.broken) if law.broken else "holds")) for law in laws
    ]
    table(("law", f"{len(features)} features of {path.name}"), said)
    broken = sorted({name for law in laws for name in law.broken})
    if broken:
        raise FeatureError(
            f"{', '.join(broken)}: breaks a law, so training and serving would see different numbers. Mend the body: "
            "one reduction over the rows, no cutoff of its own, ties told apart."
        )
