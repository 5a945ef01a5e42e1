"""The readers of formats that are not plain text. Nothing is unpickled or evaluated."""
