"""What happens every night and between rooms."""
