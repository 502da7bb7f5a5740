"""Where customers stand from first order to loyalty and silence, who is alike, and what is at stake with whom."""
