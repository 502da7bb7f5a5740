"""What the answers of the uplift task are called: by action, in money and in the probability of an order."""

TASK = "uplift"
MARGIN, ORDER = "margin_uplift_", "order_uplift_"
LIKELY = "margin_likely_"  # of what was not proven: what it would be, did it stand out
LOW, HIGH = "_low", "_high"
