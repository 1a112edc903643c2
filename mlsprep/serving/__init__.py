"""The parts of `manage.py serve`, which runs everything in one process on one machine, and of its backups."""
