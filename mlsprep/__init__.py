"""The composition root of mlsprep: settings, URLs and processes."""

from mlsprep.celery import app as celery_app

__all__ = ["celery_app"]
