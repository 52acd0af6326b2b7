#!/usr/bin/env bash
# The servers the tests need, PostgreSQL and Ceph's S3 gateway, in one folder. tests/run.sh uses it; by hand:
#
#   tests/servers.sh start [--durable] DIR     start both (DIR new or empty, best below /tmp)
#   eval "$(tests/servers.sh env DIR)"         the settings of the tests, for this shell
#   dotnet test tests/OpenData.Tests           as often as you like
#   tests/servers.sh stop DIR                  end both; rm -r DIR afterwards
#
# Faults: rgw-kill DIR, rgw-start DIR, pg-kill DIR (stop -m immediate), pg-start DIR.
# --durable keeps what a crash must not lose (fsync in PostgreSQL, objects of Ceph on disk); slower.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

ceph() { bash "$here/servers/ceph.sh" "$@"; }
postgres() { bash "$here/servers/postgres.sh" "$@"; }

stop() {
    local status=0
    [ ! -d "$dir/ceph" ] || ceph stop "$dir/ceph" || status=1
    [ ! -d "$dir/postgres" ] || postgres stop "$dir/postgres" || status=1
    return $status
}

start() {
    mkdir -p "$dir"
    chmod 711 "$dir" # PostgreSQL may run as another user, who has to get through
    if ! { postgres start "${durable[@]}" "$dir/postgres" && ceph start "${durable[@]}" "$dir/ceph" && bash "$here/servers/axe.sh" "$dir/axe"; }; then
        stop
        return 1
    fi
}

settings() {
    cat "$dir/postgres/env" "$dir/ceph/env"
    printf 'export OPENDATA_TEST_SERVERS=%q\n' "$here/servers"
    printf 'export OPENDATA_TEST_CHROMIUM=%q\n' "$(command -v chromium)"
    printf 'export OPENDATA_TEST_AXE=%q\n' "$dir/axe/axe.min.js"
    echo 'export OPENDATA_TEST_REQUIRED=1'
}

verb=${1-}
durable=()
[ "${2-}" = --durable ] && { durable=(--durable); shift; }
dir=${2-}
[ -n "$dir" ] || usage

case $verb in
    start) start ;;
    stop) stop ;;
    env) settings ;;
    rgw-kill | rgw-start) ceph "$verb" "$dir/ceph" ;;
    pg-kill) postgres kill "$dir/postgres" ;;
    pg-start) postgres restart "$dir/postgres" ;;
    *) usage ;;
esac
