"""Everything in one process, for one machine: what `manage.py serve` is made of, and its backups."""
