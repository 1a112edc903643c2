#!/bin/sh
# Dump the database of DATABASE_URL into a directory, also while people sit exams, and keep the newest 14 dumps there.
#   backup.sh /var/backups/mlsprep/dumps
# Copy the directory to another host, with /etc/mlsprep/mlsprep.env: without SECRET_KEY, guest codes and links are lost.
set -eu
umask 077
directory=${1:?Say the directory: backup.sh /var/backups/mlsprep/dumps}
. "$(dirname "$0")/database.sh"
know_password "$DATABASE_URL"
file="$directory/$(date -u +%Y-%m-%d-%H%M%S).dump"
mkdir -p "$directory"
trap 'rm -f "$file.part"' EXIT
pg_dump --format=custom --no-owner --file="$file.part" "$address"
mv "$file.part" "$file"
ls -1 "$directory"/*.dump | sort -r | tail -n +15 | while read -r old; do rm -- "$old"; done
# An alert comes when this moment is long ago. A standby can be dumped, but takes no note.
note="INSERT INTO exams_heartbeat (name, beat_at) VALUES ('backup', now())
    ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at"
psql --no-psqlrc --quiet --command="$note" "$address" || echo "The dump is whole, but its time could not be noted." >&2
echo "$file"
