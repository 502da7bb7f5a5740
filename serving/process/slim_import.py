"""Importing LightGBM without what it imports for wrappers that serving never uses.

Where pandas and scikit-learn are installed, `import lightgbm` loads them too: seconds at start and over
100 MB a process. A worker and its preflight process have no use for them, so they find them absent.
"""

import sys

from scoring.processors import let_waiting_threads_sleep

_UNUSED = ("pandas", "sklearn", "pyarrow", "matplotlib", "graphviz", "dask")


def import_lightgbm_alone() -> None:
    """To be called before anything imports LightGBM; does nothing to what is loaded already."""
    let_waiting_threads_sleep()
    absent = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None makes an import fail
    try:
        import lightgbm  # noqa: F401
    finally:
        for name in absent:
            del sys.modules[name]
