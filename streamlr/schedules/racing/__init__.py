"""What a race is made of: its lanes, its read-outs, and the race itself for each task."""
