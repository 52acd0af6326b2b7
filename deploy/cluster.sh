#!/usr/bin/env bash
# A real cluster on one machine: PostgreSQL, Ceph's S3 gateway, 3 gateways, 2 workers and HAProxy, each a process of its own.
#
#   deploy/cluster.sh up [DIR]               make it in DIR (new or empty; default data/cluster) and start it
#   deploy/cluster.sh status [DIR]           what runs, and what each gateway says of itself
#   deploy/cluster.sh server [DIR] VERB…     a verb of opendata-server with the cluster's settings, such as: server account list
#   deploy/cluster.sh down [DIR]             end it all; DIR stays
#
# One process at a time, named as status names it (gateway1, worker2, haproxy, rgw, postgres):
#   deploy/cluster.sh kill NAME [DIR]        kill -9 (PostgreSQL: an immediate stop)
#   deploy/cluster.sh start NAME [DIR]       start it again
#   deploy/cluster.sh restart NAME [DIR]     in order: SIGTERM, wait until it has drained, start
#
# OPENDATA_SERVER names a built opendata-server.dll; without it the program is published first. GATEWAYS and WORKERS change how many.
# Try it:  deploy/cluster.sh up && deploy/cluster.sh server sample data/cluster/deliveries && deploy/cluster.sh status
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/servers/daemons.sh
. "$root/tests/servers/daemons.sh"

usage() {
    sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

# A process of ours is known by this folder in its command line; see alive.
names() { printf '%s\n' "$dir"/run/*.start 2>/dev/null | sed 's|.*/||; s|\.start$||' | sort; }

launch() {
    local name=$1
    [ -f "$dir/run/$name.start" ] || { echo "there is no $name here; known: $(names | tr '\n' ' ')rgw postgres" >&2; return 2; }
    ! alive "$dir" "$dir/run/$name.pid" || return 0
    # Its own session: Ctrl-C in this terminal does not reach it.
    setsid bash "$dir/run/$name.start" >>"$dir/log/$name.log" 2>&1 </dev/null &
    echo $! >"$dir/run/$name.pid"
}

ready() {
    local name=$1 url
    url=$(<"$dir/run/$name.url")
    for _ in {1..300}; do
        curl -fsS -m 2 --noproxy '*' -o /dev/null "$url" 2>/dev/null && return 0
        alive "$dir" "$dir/run/$name.pid" || break
        sleep 0.2
    done
    tail -n 20 "$dir/log/$name.log" >&2
    echo "$name does not answer at $url" >&2
    return 1
}

# define NAME URL COMMAND…: how a process is started, and where it says that it is ready
define() {
    local name=$1
    echo "$2" >"$dir/run/$name.url"
    shift 2
    {
        echo "set -a; . ${dir@Q}/opendata.env; set +a"
        echo "exec ${*@Q}"
    } >"$dir/run/$name.start"
}

settings() {
    local postgres=$1
    (
        umask 077 # passwords
        cat >"$dir/opendata.env" <<ENV
OpenData__Database__Provider=postgresql
OpenData__Database__ConnectionString=${postgres@Q}
OpenData__Storage__Kind=s3
OpenData__Storage__S3__ServiceUrl=$OPENDATA_TEST_S3
OpenData__Storage__S3__Bucket=opendata
OpenData__Storage__S3__CreateBucket=true
OpenData__Storage__S3__AccessKey=$OPENDATA_TEST_S3_ACCESS_KEY
OpenData__Storage__S3__SecretKey=$OPENDATA_TEST_S3_SECRET_KEY
OpenData__Sources__Root=$dir/deliveries
OpenData__Gateway__PublicUrl=http://127.0.0.1:$balancer/
OpenData__Gateway__TrustedProxies__0=127.0.0.2
OpenData__Gateway__ProxyProtocol=true
OpenData__Gateway__DrainDelay=00:00:02
OpenData__Gateway__DrainTimeout=00:00:30
ENV
    )
}

# HAProxy speaks from 127.0.0.2, the one address whose word about the client's is taken here; so a gateway can be asked directly, too.
balancer_configuration() {
    cat <<CFG
# Written by deploy/cluster.sh; deploy/haproxy/haproxy.cfg is the one to start from elsewhere.
global
    log stderr format raw local0 notice
defaults
    mode http
    timeout connect 2s
    timeout client 75s
    timeout server 120s
    option redispatch
    retries 3
    retry-on conn-failure empty-response
frontend public
    bind 127.0.0.1:$balancer
    default_backend gateways
backend gateways
    balance leastconn
    option httpchk GET /readyz
    default-server check inter 500ms fall 2 rise 1 send-proxy-v2 check-send-proxy source 127.0.0.2
CFG
    local i
    for ((i = 1; i <= gateways; i++)); do
        echo "    server gateway$i 127.0.0.1:$((balancer + i))"
    done
}

up() {
    dir=$(new_folder "$dir")
    chmod 711 "$dir" # PostgreSQL may run as another user, who has to get through
    mkdir -p "$dir/run" "$dir/log" "$dir/deliveries"
    command -v haproxy >/dev/null || { echo "haproxy is missing: apt-get install haproxy" >&2; exit 3; }
    local program=${OPENDATA_SERVER-} i name
    if [ -z "$program" ]; then
        echo "publishing the server …"
        dotnet publish "$root/src/OpenData.Server" -c Release -v quiet -clp:NoSummary -o "$dir/program"
        program=$dir/program/opendata-server.dll
    fi
    echo "$program" >"$dir/run/program"
    echo "starting PostgreSQL and Ceph …"
    bash "$root/tests/servers.sh" start --durable "$dir/servers"
    eval "$(bash "$root/tests/servers.sh" env "$dir/servers")"
    balancer=$(free_ports $((1 + gateways + workers)))
    settings "$OPENDATA_TEST_POSTGRES"
    balancer_configuration >"$dir/haproxy.cfg"
    for ((i = 1; i <= gateways + workers; i++)); do
        if [ $i -le "$gateways" ]; then name=gateway$i role=gateway; else name=worker$((i - gateways)) role=worker; fi
        define "$name" "http://127.0.0.1:$((balancer + i))/readyz" \
            dotnet "$program" serve --roles $role --data "$dir/$name" --urls "http://127.0.0.1:$((balancer + i))"
    done
    define haproxy "http://127.0.0.1:$balancer/readyz" haproxy -db -f "$dir/haproxy.cfg"
    echo "migrating …"
    server migrate
    for name in $(names); do launch "$name"; done
    for name in $(names); do ready "$name"; done
    echo "http://127.0.0.1:$balancer is ready: $gateways gateways, $workers workers. Deliveries go into $dir/deliveries."
}

server() {
    # shellcheck disable=SC1091
    (set -a && . "$dir/opendata.env" && set +a && exec dotnet "$(<"$dir/run/program")" "$@" --data "$dir/shell")
}

status() {
    local name url state
    for name in $(names); do
        url=$(<"$dir/run/$name.url")
        if ! alive "$dir" "$dir/run/$name.pid"; then state="not running"
        else state="pid $(<"$dir/run/$name.pid"), $(curl -sS -m 3 --noproxy '*' -o /dev/null -w '%{http_code}' "$url" 2>/dev/null || true)"; fi
        printf '%-10s %-34s %s\n' "$name" "${url%/readyz}" "$state"
    done
    curl -fsS -m 3 --noproxy '*' -o /dev/null "$(sed -n "s/^OpenData__Storage__S3__ServiceUrl=//p" "$dir/opendata.env")" 2>/dev/null && state=answers || state="does not answer"
    printf '%-10s %s\n' rgw "$state"
    (: >"/dev/tcp/127.0.0.1/$(sed -n "s/.*Port=\([0-9]*\).*/\1/p" "$dir/opendata.env" | head -n 1)") 2>/dev/null && state=answers || state="does not answer"
    printf '%-10s %s\n' postgres "$state"
}

down() {
    local name
    for name in $(names); do
        ! alive "$dir" "$dir/run/$name.pid" || kill -TERM "$(<"$dir/run/$name.pid")" 2>/dev/null || true
    done
    # A second one says that nobody wants to wait for downloads.
    sleep 0.5
    for name in $(names); do
        ! alive "$dir" "$dir/run/$name.pid" || kill -TERM "$(<"$dir/run/$name.pid")" 2>/dev/null || true
    done
    for name in $(names); do
        for _ in {1..100}; do alive "$dir" "$dir/run/$name.pid" || break; sleep 0.1; done
        kill_and_wait "$dir" "$dir/run/$name.pid"
    done
    [ ! -d "$dir/servers" ] || bash "$root/tests/servers.sh" stop "$dir/servers"
}

one() {
    local verb=$1 name=$2
    case $verb-$name in
        kill-rgw) bash "$root/tests/servers.sh" rgw-kill "$dir/servers" ;;
        start-rgw) bash "$root/tests/servers.sh" rgw-start "$dir/servers" ;;
        kill-postgres) bash "$root/tests/servers.sh" pg-kill "$dir/servers" ;;
        start-postgres) bash "$root/tests/servers.sh" pg-start "$dir/servers" ;;
        restart-rgw | restart-postgres) one kill "$name" && one start "$name" ;;
        kill-*) kill_and_wait "$dir" "$dir/run/$name.pid" ;;
        start-*) launch "$name" && ready "$name" ;;
        restart-*)
            if alive "$dir" "$dir/run/$name.pid"; then
                kill -TERM "$(<"$dir/run/$name.pid")"
                while alive "$dir" "$dir/run/$name.pid"; do sleep 0.1; done
            fi
            launch "$name" && ready "$name"
            ;;
    esac
}

gateways=${GATEWAYS-3}
workers=${WORKERS-2}
verb=${1-}
[ $# -eq 0 ] || shift
case $verb in
    kill | start | restart) [ $# -gt 0 ] || usage; target=$1; shift ;;
esac
dir=$root/data/cluster
if [ "$verb" != server ]; then
    dir=${1-$dir}
elif [ -f "${1-}/opendata.env" ]; then
    dir=$1
    shift
fi
[ "$verb" = up ] || [ ! -d "$dir" ] || dir=$(cd "$dir" && pwd)

case $verb in
    up) up ;;
    status) status ;;
    server) server "$@" ;;
    down) down ;;
    kill | start | restart) one "$verb" "$target" ;;
    *) usage ;;
esac
