"""The parts of the workbench screen."""
