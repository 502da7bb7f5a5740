"""Figures of a shop that move from day to day, as one run whose charts have the days as steps."""

from collections.abc import Mapping
from datetime import UTC, datetime

from training.tracking import runs
from training.tracking.record import registered_name
from training.tracking.store import Mlruns

EXPERIMENT = "monitor"
_ANY = "perennial.monitor"  # tag of the run, so that it is found again


def log_day(shop: str, at: datetime, figures: Mapping[str, float], *, mlruns: Mlruns) -> str:
    """Add a day's figures to the shop's run of watching; what the day has already is not added again.

    Parameters
    ----------
    at : datetime     a midnight; its day's number since 1970 is the step
    figures : name as MLflow takes it → value; what is not a number is left out

    Returns
    -------
    str               the run's id
    """
    step, moment = (at - datetime(1970, 1, 1)).days, int(at.replace(tzinfo=UTC).timestamp() * 1000)
    name = registered_name(shop, EXPERIMENT)
    with runs.client(mlruns) as client:
        experiment = runs.experiment_named(client, name, mlruns)
        found = client.search_runs([experiment], filter_string=f"tags.`{_ANY}` = 'yes'", max_results=1)
        run = found[0] if found else client.create_run(experiment, run_name=name, tags={_ANY: "yes"})
        for figure, value in figures.items():
            if value != value:
                continue
            there = client.get_metric_history(run.info.run_id, figure)
            if not any((one.step, one.value) == (step, value) for one in there):
                client.log_metric(run.info.run_id, figure, value, timestamp=moment, step=step)
        return str(run.info.run_id)
