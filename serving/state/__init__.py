"""What changes while serving: events, consents, erasures, decisions."""
