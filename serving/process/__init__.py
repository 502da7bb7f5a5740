"""Workers: start, release and snapshot in memory, reload, packing."""
