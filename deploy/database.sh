# Read by backup.sh and restore.sh: the settings of the server, unless the environment has them, and addresses without
# their password, which `ps` would show among the arguments of a program.
settings=${MLSPREP_SETTINGS:-/etc/mlsprep/mlsprep.env}
given=${DATABASE_URL:-}
if [ -r "$settings" ] && { [ -z "$given" ] || [ -z "${SECRET_KEY:-}" ]; }; then
    set -a
    . "$settings"
    set +a
    DATABASE_URL=${given:-${DATABASE_URL:-}}
fi
: "${DATABASE_URL:?Read the settings first: set -a; . /etc/mlsprep/mlsprep.env}"

# Let the programs of PostgreSQL know the password of an address, and set $address to the rest of it.
know_password() {
    PGPASSWORD=$(printf %s "$1" | python3 -c \
        'import sys; from urllib.parse import unquote, urlsplit; print(unquote(urlsplit(sys.stdin.read()).password or ""))')
    export PGPASSWORD
    address=$(printf %s "$1" | sed -E 's|^([a-z]+://[^/@:]*):[^@/]*@|\1@|')
}
