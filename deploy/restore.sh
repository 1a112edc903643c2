#!/bin/sh
# Restore a dump into an empty database, and recount everything in it. Nothing of another database is touched.
#   restore.sh /var/backups/mlsprep/dumps/2026-11-30-031500.dump restored
# The database is on the server of DATABASE_URL; name one of another server by its address, which `ps` shows to others:
# postgresql://user:password@host/restored. Run it monthly as a drill. In an emergency, stop the web server with its socket
# and the workers first (docs/operations.md), and then put the name of the restored database into the settings.
set -eu
dump=${1:?Say the dump, then the name of an empty database}
target=${2:?Say the name of an empty database after the dump}
dump=$(realpath -- "$dump")
cd "$(dirname "$0")/.."
. deploy/database.sh
case $target in
    *://*) ;;
    *) target=$(printf %s "$DATABASE_URL" | sed -E "s|^([a-z]+://[^/]*/)[^?]*|\1$target|") ;;
esac
know_password "$target"
tables=$(psql --no-psqlrc --tuples-only --no-align --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$address")
if [ "$tables" != 0 ]; then
    echo "The database has $tables tables already. Nothing was changed: restore into an empty one." >&2
    exit 1
fi
pg_restore --exit-on-error --single-transaction --no-owner --dbname="$address" "$dump"
DATABASE_URL="$target" "${PYTHON:-.venv/bin/python}" manage.py audit
