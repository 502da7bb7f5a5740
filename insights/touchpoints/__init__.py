"""What channels do for an order and for each other: ways, roles, what messages added, what differs."""
