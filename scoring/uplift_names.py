"""What the answers of the uplift task are called: by action, in money and in the probability of an order."""

TASK = "uplift"
MARGIN, ORDER = "margin_uplift_", "order_uplift_"
LOW, HIGH = "_low", "_high"
