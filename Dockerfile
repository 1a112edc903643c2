# One image for web, worker, beat and release; docker-compose.yml has the command of each.

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
# Requests run in threads, since they spend most of their time waiting for the database. WEB_CONCURRENCY
# sets the number of processes. Keep-alive is longer than the idle timeout of common proxies.
CMD ["gunicorn", "mlsprep.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--threads=8", \
     "--keep-alive=75", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-"]
