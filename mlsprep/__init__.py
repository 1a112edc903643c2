"""The composition root of mlsprep: settings, addresses, processes."""

from mlsprep.celery import app as celery_app

__all__ = ["celery_app"]
