"""What it looks like: how customers move from stage to stage, where they drop off, what that costs, what was tried."""
