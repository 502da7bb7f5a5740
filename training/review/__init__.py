"""What a reviewer sees and signs: card, plots, gate, golden rows."""
