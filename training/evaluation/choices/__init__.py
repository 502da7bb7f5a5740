"""What choosing by a model would have won: channels that were drawn by lot, actions that were dealt."""
