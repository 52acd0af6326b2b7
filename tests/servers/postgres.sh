#!/usr/bin/env bash
# One PostgreSQL server in a folder of its own, on a free loopback port.
#
#   postgres.sh start [--durable] DIR   make and start it; DIR/env then has the settings of the tests
#   postgres.sh kill DIR                stop it as a crash would (its own recovery runs on the next start)
#   postgres.sh restart DIR             start it again on the same port, with the same data
#   postgres.sh stop DIR                end it for good
#
# It forgoes fsync, for speed. With --durable it keeps PostgreSQL's promises, for tests of crashes.
# PostgreSQL refuses to run as root; then it runs as the user postgres, who must be able to reach DIR.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/daemons.sh
. "$here/daemons.sh"

usage() {
    echo "usage: postgres.sh start [--durable] DIR | kill DIR | restart DIR | stop DIR" >&2
    exit 2
}

binaries() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || true
    [ -n "$newest" ] || { echo "PostgreSQL is not installed" >&2; return 1; }
    dirname "$newest"
}

as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

pg_ctl() {
    as_postgres "$bin/pg_ctl" -s -w -t 60 -D "$dir/data" "$@" </dev/null
}

up() {
    if ! pg_ctl -l "$dir/log/postgres.log" start; then
        tail -n 20 "$dir/log/postgres.log" >&2
        return 1
    fi
}

start() {
    dir=$(new_folder "$dir")
    local port password
    port=$(free_ports 1)
    password=$(tr -d - </proc/sys/kernel/random/uuid)
    mkdir "$dir/data" "$dir/log"
    chmod 700 "$dir/data"
    (umask 077 && echo "$password" >"$dir/password")
    if [ "$(id -u)" -eq 0 ]; then
        chown -R postgres: "$dir"
        if ! as_postgres test -r "$dir/password"; then
            echo "the user postgres cannot reach $dir: a folder above it is closed to others" >&2
            return 1
        fi
    fi

    as_postgres "$bin/initdb" -D "$dir/data" -U opendata --auth=scram-sha-256 --pwfile="$dir/password" \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/log/initdb.log" 2>&1 ||
        { cat "$dir/log/initdb.log" >&2; return 1; }

    {
        echo "port = $port"
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = ''"
        echo "max_connections = 300"
        echo "log_line_prefix = '%m [%p] %d '"
        [ -n "$durable" ] || printf '%s = off\n' fsync synchronous_commit full_page_writes
    } >>"$dir/data/postgresql.conf"
    up

    umask 077 # it has the password
    {
        printf 'export OPENDATA_TEST_POSTGRES=%q\n' \
            "Host=127.0.0.1;Port=$port;Username=opendata;Password=$password;Database=postgres"
        printf 'export OPENDATA_TEST_PG_DIR=%q\n' "$dir"
    } >"$dir/env"
}

# The server's own pid file has more than the pid in it, and stays behind when the server is killed.
runs() {
    [ -s "$dir/data/postmaster.pid" ] || return 1
    head -n 1 "$dir/data/postmaster.pid" >"$dir/postgres.pid"
    alive "$dir" "$dir/postgres.pid"
}

# PostgreSQL would take a killed server that nobody has collected yet for a running one.
restart() {
    if runs; then return 0; fi
    rm -f "$dir/data/postmaster.pid"
    up
}

stop() {
    ! runs || pg_ctl -m fast -t 20 stop || kill_and_wait "$dir" "$dir/postgres.pid"
}

verb=${1-}
durable=
[ "${2-}" = --durable ] && { durable=yes; shift; }
dir=${2-}
[ -n "$dir" ] || usage
bin=$(binaries)
if [ "$verb" != start ]; then
    dir=$(cd "$dir" && pwd)
fi

case $verb in
    start) start ;;
    kill) ! runs || pg_ctl -m immediate stop ;;
    restart) restart ;;
    stop) stop ;;
    *) usage ;;
esac
