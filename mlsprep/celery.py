"""The Celery application: finds the tasks of the apps and is the default of its process."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")

app = Celery("mlsprep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # else tasks sent by name from another thread are received and vanish
