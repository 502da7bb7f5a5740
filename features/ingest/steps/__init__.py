"""What happens to rows on their way into a canonical table, one step a file."""
