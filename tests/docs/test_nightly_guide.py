"""docs/guide/nightly.md: what it shows to schedulers can be read by them, and names commands and codes there are."""

import ast
import re
from configparser import ConfigParser
from pathlib import Path

from perennial.nights.night_steps import ALARM_CODE, FAILED_CODE
from perennial.terminal.errors import TERMINATED
from perennial.verbs.nights import nightly

GUIDE = (Path(__file__).parents[2] / "docs/guide/nightly.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_units_are_units() -> None:
    service, timer = (ConfigParser(interpolation=None, strict=False) for _ in range(2))
    service.read_string(blocks("ini")[0])
    timer.read_string(blocks("ini")[1])
    command = service["Service"]["ExecStart"].split()
    assert Path(command[0]).name == "perennial" and command[1:3] == ["nightly", "--shop"]
    assert int(service["Service"]["SuccessExitStatus"]) == ALARM_CODE
    assert timer["Timer"]["OnCalendar"] and timer["Timer"].getboolean("Persistent")


def test_the_airflow_example_is_python_that_runs_the_night() -> None:
    (example,) = blocks("python")
    calls = [one for one in ast.walk(ast.parse(example)) if isinstance(one, ast.Call)]
    (operator,) = [one for one in calls if getattr(one.func, "id", "") == "BashOperator"]
    given = {one.arg: one.value for one in operator.keywords}
    assert "perennial nightly --shop" in ast.literal_eval(given["bash_command"])


def test_the_exit_codes_are_those_of_the_command() -> None:
    codes = dict(re.findall(r"^\| (\d+) \| (.*?) \|$", GUIDE, re.MULTILINE))
    assert set(codes) == {"0", str(FAILED_CODE), "2", str(ALARM_CODE), str(TERMINATED)}
    told = " ".join((nightly.__doc__ or "").split())
    assert f"{FAILED_CODE} when a step failed, {ALARM_CODE} when" in told
