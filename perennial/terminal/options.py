"""Options that mean the same on every verb."""

from pathlib import Path
from typing import Annotated, Any

import typer

Shop = Annotated[
    Path,
    typer.Option("--shop", metavar="PATH", help="Folder of the shop: with shop.toml, or with orders.parquet or .csv."),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="DATE",
        help="Cutoff: the midnight before which everything was known. "
        "Default: the last midnight not after the newest row.",
    ),
]
AtTonight = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="DATE",
        help="Cutoff: the midnight before which everything was known. Default: the midnight that ends today, so "
        "answers are fresh all day; where the data ended long ago, the last midnight not after its newest row.",
    ),
]
Today = Annotated[
    str | None,
    typer.Option("--today", metavar="DATE", help="Run as if it were this day: for a shop whose data has ended."),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept", help="Go on although a table shrank by more than 5 %, is missing, or its newest order is older."
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DATE",
        help="No row known on or after this midnight is seen. Default: the last midnight not after the newest row.",
    ),
]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="FEATURE",
        help="A feature that may tell the outcome alone: you have made sure it is known before the cutoff. Repeatable.",
    ),
]
Tune = Annotated[
    float | None,
    typer.Option(
        "--tune",
        metavar="MINUTES",
        help="First search this long for better settings of boosting (churn, next_purchase). Off by default. Needs the "
        r"extra: pip install 'perennial\[tune]'.",
    ),
]
Horizon = Annotated[
    str | None,
    typer.Option(
        "--horizon",
        metavar="DAYS",
        help="How far to look ahead, such as 28d or 4w. Default: shop.toml, else what the customers' rhythm proposes.",
    ),
]
ActiveWithin = Annotated[
    str | None,
    typer.Option(
        "--active-within",
        metavar="DAYS",
        help="Who is asked about: customers with an order within this time before the cutoff. Default: as --horizon.",
    ),
]
Lang = Annotated[str, typer.Option("--lang", "--language", metavar="en|zh", help="Language in which people are told.")]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine", metavar="NAME", help="Where features are built: duckdb, or spark where one machine is too small."
    ),
]
Parts = Annotated[
    int | None,
    typer.Option(
        "--parts",
        metavar="NUMBER",
        help="Write a folder of so many parts by hash of the customer, and a manifest last.",
    ),
]


def _mlruns(told: str) -> Any:
    from training.tracking.store import mlruns_of

    return mlruns_of(told)


Mlruns = Annotated[
    Any,  # training.tracking.store.Mlruns, which help must not import
    typer.Option(
        "--mlruns",
        metavar="PATH|URI",
        envvar="MLFLOW_TRACKING_URI",
        parser=_mlruns,
        help="Where runs and models are kept: a folder, or the address of an MLflow server.",
    ),
]

HERE = Path()
MLRUNS = "mlruns"
