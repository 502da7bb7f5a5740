"""Verbs for the people who plan campaigns: report, channels, decide, outcomes, loop."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.terminal.options import HERE, MLRUNS, Accept, At, AtTonight, EngineName, Lang, Mlruns, Shop, Today
from perennial.terminal.outputs import DRAWING, PAGE, PARQUET, ends_in
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, report, channels, decide, outcomes, loop)


def report(
    shop: Shop = HERE,
    at: At = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="First day that is told. Default: 91 days before the cutoff."),
    ] = None,
    language: Lang = "en",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", callback=ends_in(PAGE), help="Write the page there (HTML).")
    ] = None,
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Write the customer journey as one page that people read.

    What changed, who is at risk and what it costs, what to do; behind it the stages and their flow, where people drop
    off and what that costs, KPIs, cohorts. A shop of orders alone gets what orders can tell; what its data lack is left
    out with one line each. Groups under twenty people are not shown.

    Example: perennial report --shop exports/ --lang zh --out report.html

    Writes one HTML file that fetches nothing, by default under PERENNIAL_HOME/reports, and logs it to MLflow where
    models were trained.
    """
    from perennial.nights.journey_report import report_shop

    report_shop(shop, at, since, language, out, mlruns)


def channels(
    shop: Shop = HERE,
    at: At = None,
    language: Lang = "en",
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Say which channel serves which segment: who answers on which, buys through which, is moved by which promotion.

    Means of what the champion answers for the active customers of each stage, and of online and offline buyers.
    Segments of fewer than twenty customers are left out.

    Example: perennial channels --shop exports/ --lang zh
    """
    from perennial.models.segmenting import tell_segments

    tell_segments(shop, at, language, mlruns)


def decide(
    shop: Shop = HERE,
    at: AtTonight = None,
    today: Today = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", metavar="AMOUNT", help="Expected cost of the run, instead of shop.toml's."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PATH", callback=ends_in(PARQUET), help="Also write the decisions there."),
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="ID", help="Tell the decision about one customer, and stop.")
    ] = None,
    accept: Accept = False,
    mlruns: Mlruns = MLRUNS,
    engine: EngineName = "duckdb",
) -> None:
    """Decide what to do for every customer, in one run, within budget, capacities, caps and consent.

    What may be done is declared in shop.toml under [actions]; see docs/guide/actions.md. The run scores everybody,
    decides, and refreshes the service's snapshot, so that a call gives the same decision. A second run at the same
    cutoff changes no decision_id.

    Example: perennial decide --shop exports/ --budget 500 --out decisions.parquet

    Writes PERENNIAL_HOME/decisions/<shop>/<cutoff>/decisions.parquet, the same as CSV, and a manifest; all three also
    to --out.
    """
    from perennial.nights.deciding import decide_shop, explain_customer

    if explain is not None:
        explain_customer(shop, at, explain)
    else:
        decide_shop(shop, at, budget, out, mlruns, engine, today=today, accept=accept)


def outcomes(
    shop: Shop = HERE,
    at: At = None,
    horizon: Annotated[
        str | None,
        typer.Option("--horizon", metavar="DAYS", help="How long after a decision counts. Default: the shop's."),
    ] = None,
) -> None:
    """Say what came of decisions, by action and channel: sent, answered, bought, brought, cost.

    What an action brought is the margin of those who got it less that of those for whom the policy took it, too, but
    who went without by lot: the holdout, and sends that were withheld (messages of arm control).

    Example: perennial outcomes --shop exports/ --horizon 28d
    """
    from perennial.nights.telling_outcomes import tell_outcomes

    tell_outcomes(shop, at, horizon)


def loop(
    months: Annotated[int, typer.Option("--months", help="Of four weeks, in which policies are compared.")] = 12,
    customers: Annotated[int, typer.Option("--customers", help="Persons of the made world.")] = 1_500,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same world.")] = 1,
    by_lot: Annotated[
        int, typer.Option("--by-lot", help="Months before, in which everything is dealt by lot, to learn from.")
    ] = 6,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", callback=ends_in(DRAWING), help="Also draw the months there (SVG)."),
    ] = None,
) -> None:
    """Decide, act and learn on a made world, month by month, beside simpler rules and the true optimum.

    The world's truth says what every message would be worth, so each policy's month is judged without noise: ours,
    which learns from what its own decisions brought, today's rule, a voucher to everyone at risk, rankers by churn
    score and by response, and the best that could be done. All have the same budget. A month in which a blunt rule
    wins is shown.

    Example: perennial loop --months 12 --plot loop.svg
    """
    from perennial.nights.looping import tell_loop

    tell_loop(customers, months, seed, by_lot, plot)
