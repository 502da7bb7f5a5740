"""What was decided about customers, by this service's nights and calls or by another system."""

from types import MappingProxyType

from features.tables.schema import SOURCE, Column, Table, moments

DECISIONS = Table(
    name="decisions",
    about="one row a decision about a customer, to leave alone among them",
    columns=(
        Column("decision_id", "id", required=True),
        Column("customer_id", "id", "about whom", required=True),
        *moments(),
        Column("action", "text", "what was dealt; leave_alone for nothing", required=True),
        Column("channel", "text"),
        Column("cause", "text"),
        Column("arm", "text", "policy, explore, holdout, or control: withheld on purpose"),
        Column("propensity", "number", "exact probability with which this action was dealt", above=0, high=1),
        Column("expected_net_value", "number", "in money"),
        Column("cost", "money", "expected", low=0),
        Column("model_versions", "text", "JSON"),
        Column("receipt", "text", "JSON: which rules removed which other actions, and the shadow prices"),
        SOURCE,
    ),
    key=("decision_id",),
    same=MappingProxyType({"": ("decision_id",)}),
)
