#!/bin/sh
# Make a data directory that PostgreSQL recovers to a moment, from a base backup and the archived log. Run it as postgres:
#   recover.sh /var/backups/mlsprep/base /var/backups/mlsprep/wal /var/lib/postgresql/17/main '2026-11-30 14:05:00+00'
# Each recovery begins a new timeline, and the next one follows the newest. To a moment that the last recovery left out,
# say the timeline before it as well, such as 1.
# The server that starts in this directory replays the log up to the moment, and goes on from there. docs/operations.md
# has every step, 'To a moment'.
set -eu
umask 077
base=${1:?Say the base backup, the directory of the archived log, an empty directory, and the moment}
wal=${2:?Say the directory of the archived log after the base backup}
target=${3:?Say an empty directory for the data after that of the log}
moment=${4:?Say the moment last, with its zone: '2026-11-30 14:05:00+00'}
timeline=${5:-latest}
if [ ! -f "$base/backup_label" ]; then
    echo "$base is no base backup. Nothing was changed." >&2
    exit 1
fi
if [ -n "$(ls -A "$target" 2>/dev/null)" ]; then
    echo "$target is not empty. Nothing was changed: move the old data away, and keep them." >&2
    exit 1
fi
mkdir -p "$target"
cp -a "$base/." "$target/"
cat >> "$target/postgresql.auto.conf" <<END
restore_command = 'gzip -dc $wal/%f.gz > %p'
recovery_target_time = '$moment'
recovery_target_timeline = '$timeline'
recovery_target_action = 'promote'
END
touch "$target/recovery.signal"
echo "$target is ready: start PostgreSQL."
