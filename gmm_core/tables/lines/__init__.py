"""Text as lines and cells: encodings, separators, comments, rows that are too short."""
