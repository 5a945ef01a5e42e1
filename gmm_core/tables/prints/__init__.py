"""Results as programs print them: names and their numbers in any notation. Nothing of it is executed."""
