"""Parameters, notebook tasks, kernels and the run record."""
