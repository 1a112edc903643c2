# One image for web, worker and release; docker-compose.yml has the command of each.

FROM python:3.13-slim AS packages
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin mlsprep
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# Static files are part of the image. The key is used by this command only.
RUN SECRET_KEY=only-for-collecting-static-files-at-build MLSPREP_DATA_DIR=/tmp/build \
    python manage.py collectstatic --noinput
USER mlsprep
EXPOSE 8000
# gunicorn.conf.py has the other options. WEB_CONCURRENCY sets the number of processes.
CMD ["gunicorn", "mlsprep.wsgi", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/dev/shm"]
