"""The questions, each with how it is learnt."""
