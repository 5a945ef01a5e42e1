"""One BLAS and one OpenMP thread for each worker, as in the app: two workers would fight for the cores."""

import os

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # heeded only where it is set before numpy is imported
