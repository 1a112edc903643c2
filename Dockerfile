# One image for web, worker, beat and release; docker-compose.yml says which command each runs.

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
# Static files are part of the image. The key exists for this one command only.
RUN SECRET_KEY=only-for-collecting-static-files-at-build MLSPREP_DATA_DIR=/tmp/build \
    python manage.py collectstatic --noinput
USER mlsprep
EXPOSE 8000
# A thread a request: nearly all the time of a request is waiting for the database. The number of
# processes is gunicorn's WEB_CONCURRENCY. Keep-alive outlasts the idle time of common proxies.
CMD ["gunicorn", "mlsprep.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--threads=8", \
     "--keep-alive=75", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-"]
