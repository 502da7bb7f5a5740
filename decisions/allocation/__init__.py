"""How actions are shared out over everybody within budget and capacities, and who is dealt one by lot."""
