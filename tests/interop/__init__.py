"""Against the real server that `BACKEND_*` in the environment names; `make interop` runs these."""
