"""Against scikit-learn: the notebook's benchmark as one table, measured while the page opens."""
