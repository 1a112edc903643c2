#!/bin/sh
# Copy the data of PostgreSQL as the base of a recovery to a moment, keep the newest two such copies, and delete the
# archived log that neither needs. Run it as postgres, weekly; the database of mlsprep, where it notes the time, is last:
#   base-backup.sh /var/backups/mlsprep mlsprep
set -eu
umask 077
directory=${1:?Say the directory: base-backup.sh /var/backups/mlsprep}
database=${2:-mlsprep}
base="$directory/base-$(date -u +%Y-%m-%d-%H%M%S)"
rm -rf "$directory"/base-*.part  # of a run that was killed
trap 'rm -rf "$base.part"' EXIT
pg_basebackup --pgdata="$base.part" --checkpoint=fast
mv -T "$base.part" "$base"
ls -1d "$directory"/base-*[0-9] | sort -r | tail -n +3 | while read -r old; do rm -r -- "$old"; done
oldest=$(ls -1d "$directory"/base-*[0-9] | sort | head -n 1)
# Such as 000000010000000000000002: what follows the timeline counts up.
needed=$(sed -n 's/^START WAL LOCATION: .*(file [0-9A-F]\{8\}\([0-9A-F]\{16\}\))$/\1/p' "$oldest/backup_label")
for file in "$directory"/wal/*.gz; do
    segment=$(basename "$file" | sed -n 's/^[0-9A-F]\{8\}\([0-9A-F]\{16\}\)[.].*/\1/p')
    if [ -n "$segment" ] && [ "$segment" \< "$needed" ]; then rm -- "$file"; fi
done
# An alert comes when this moment is long ago.
note="INSERT INTO exams_heartbeat (name, beat_at) VALUES ('base', now())
    ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at"
psql --no-psqlrc --quiet --dbname="$database" --command="$note" ||
    echo "The base backup is whole, but its time could not be noted in the database $database." >&2
echo "$base"
