#!/bin/sh
# Restore a dump into an empty database, and recount everything in it. Nothing of another database is touched.
#   restore.sh /var/backups/mlsprep/2026-11-30-031500.dump postgresql://mlsprep:password@127.0.0.1/restored
# Run it in the directory of the code, monthly as a drill. In an emergency, stop web server and workers first, and then put
# the address of the restored database into the settings.
set -eu
dump=${1:?Say the dump, then the address of an empty database}
target=${2:?Say the address of an empty database after the dump}
tables=$(psql --no-psqlrc --tuples-only --no-align --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$target")
if [ "$tables" != 0 ]; then
    echo "The database has $tables tables already. Nothing was changed: restore into an empty one." >&2
    exit 1
fi
pg_restore --exit-on-error --single-transaction --no-owner --dbname="$target" "$dump"
DATABASE_URL="$target" "${PYTHON:-.venv/bin/python}" manage.py audit
