#!/bin/sh
# Dump the database of DATABASE_URL into a directory, also while people sit exams, and keep the newest 14 dumps there.
#   backup.sh /var/backups/mlsprep
# Copy the directory to another host, with /etc/mlsprep/mlsprep.env: without SECRET_KEY, guest codes and links are lost.
set -eu
umask 077
directory=${1:?Say the directory: backup.sh /var/backups/mlsprep}
: "${DATABASE_URL:?Read the settings first: set -a; . /etc/mlsprep/mlsprep.env}"
file="$directory/$(date -u +%Y-%m-%d-%H%M%S).dump"
mkdir -p "$directory"
trap 'rm -f "$file.part"' EXIT
pg_dump --format=custom --no-owner --file="$file.part" "$DATABASE_URL"
mv "$file.part" "$file"
ls -1 "$directory"/*.dump | sort -r | tail -n +15 | while read -r old; do rm -- "$old"; done
echo "$file"
