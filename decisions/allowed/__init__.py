"""What may be done for whom, through which channel, and when."""
