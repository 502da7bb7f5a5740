"""All channel questions fitted together: which way each takes, and what it looks at."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from features.engine import DuckDB
from tests.training.learnable import START, everything
from training.fit import prepare
from training.learners.channels.contact import SHOP_RATE, ContactModel
from training.learners.model_kinds import GRADIENT_BOOSTING, REGRESSION, RULES
from training.tasks.channel_fits import _inputs, fit, with_shrunk
from training.tasks.channel_questions import questions

ONE, OTHER = (ContactModel(name, np.zeros((4, 2)), np.zeros((4, 2))) for name in ("mail", "chat"))
DATA = SimpleNamespace(names=("contact_odds_mail", "contact_odds_chat", "age", "spend"))


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    shop, engine = everything(tmp_path_factory.mktemp("shop"), customers=60, days=240), DuckDB(threads=1)
    yield prepare(shop, START + timedelta(days=200), engine=engine, horizon_days=28, active_within_days=91)
    engine.close()


def test_one_rate_for_everybody_looks_at_nothing():
    assert _inputs([ONE, OTHER], DATA, {ONE.name: SHOP_RATE, OTHER.name: SHOP_RATE}) == set()


def test_a_channel_that_goes_by_the_rule_looks_at_the_others():
    assert _inputs([ONE, OTHER], DATA, {ONE.name: RULES, OTHER.name: SHOP_RATE}) == {*ONE.derived, *OTHER.derived}


def test_a_regression_looks_at_the_plain_columns_of_the_shop():
    found = _inputs([ONE, OTHER], DATA, {ONE.name: REGRESSION, OTHER.name: SHOP_RATE})
    assert found == {"contact_odds_mail", "contact_odds_chat", "age"}


def test_where_outcomes_are_too_few_for_trees_a_regression_stands_in(context):
    asked, selected = questions(context), {}
    found = fit(
        context,
        asked,
        {one.name: GRADIENT_BOOSTING for one in asked},
        None,
        selected,
        with_shrunk(context, asked, None),
    )
    heads = {head.name: head for head in found.heads.heads}
    assert set(heads) == {"promotion", "purchase", "contact_email"}
    assert (found.heads.boosters, selected, found.model.model_kind) == ({}, {}, RULES)
    assert len(heads["contact_email"].terms) > 1


def test_where_outcomes_are_enough_trees_grow_on_what_was_selected_once(context, monkeypatch):
    monkeypatch.setattr("training.tasks.channel_fits.may_boost", lambda *_: True)
    asked, selected = questions(context), {"promotion": {"age"}}
    found = fit(
        context,
        asked,
        {one.name: GRADIENT_BOOSTING for one in asked},
        None,
        selected,
        with_shrunk(context, asked, None),
    )
    assert set(selected) == {"promotion", "purchase", "contact_email"}
    assert selected["promotion"] == {"age"}
    assert set(found.heads.boosters) == {"promotion.txt", "purchase.txt", "contact_email.txt"}
    assert found.model.model_kind == GRADIENT_BOOSTING
