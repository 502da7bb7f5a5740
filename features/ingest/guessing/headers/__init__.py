"""What headers of exports mean, in the words of many programs and languages."""
