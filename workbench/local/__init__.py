"""The embedded server: a one-machine session API over real kernels and real PTYs."""
