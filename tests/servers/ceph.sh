#!/usr/bin/env bash
# One Ceph cluster with an S3 gateway, on free loopback ports, in a folder of its own: a monitor, one
# object store (in memory) and the gateway, with no systemd, no manager and no replication.
#
#   ceph.sh start [--durable] DIR   make and start it; DIR/env then has the settings of the tests
#   ceph.sh rgw-kill DIR            kill -9 the gateway, and nothing else
#   ceph.sh rgw-start DIR           start the gateway again, on the same port
#   ceph.sh stop DIR                end it for good; what it held is lost
#
# With --durable the objects are kept on disk (BlueStore) rather than in memory.
set -euo pipefail
PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH # ceph is a Python program, of Debian's Python
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/daemons.sh
. "$here/daemons.sh"

usage() {
    echo "usage: ceph.sh start [--durable] DIR | rgw-kill DIR | rgw-start DIR | stop DIR" >&2
    exit 2
}

# Its own session, so that Ctrl-C in a terminal reaches the tests, and the gateway outlives them.
daemon() {
    local name=$1
    shift
    setsid "$@" -c "$dir/ceph.conf" -f >>"$dir/log/$name.out" 2>&1 </dev/null &
    echo $! >"$dir/$name.pid"
}

gateway() {
    local url
    url=$(<"$dir/url")
    daemon rgw radosgw -n client.rgw
    for _ in {1..600}; do
        curl -fsS -m 5 --noproxy '*' -o /dev/null "$url" 2>/dev/null && return 0
        alive "$dir" "$dir/rgw.pid" || break
        sleep 0.1
    done
    tail -n 20 "$dir/log/rgw.out" >&2
    echo "the Ceph gateway does not answer at $url" >&2
    return 1
}

# The gateway takes the first port, the monitor the second, the object store what it needs of the rest.
configuration() {
    local port=$1 fsid=$2 store=memstore
    [ -z "$durable" ] || store=bluestore
    cat <<CONF
[global]
fsid = $fsid
keyring = $dir/keyring
mon_host = [v2:127.0.0.1:$((port + 1))]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
ms_bind_port_min = $((port + 2))
ms_bind_port_max = $((port + 15))
auth_allow_insecure_global_id_reclaim = false
run_dir = $dir/run
crash_dir = $dir/run
admin_socket = $dir/run/\$name.asok
log_file = $dir/log/\$name.log
# One copy of everything, in few placement groups: this cluster has one disk.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 2
osd_pool_default_pgp_num = 2
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
# Agree and reconnect at once: there is nobody to wait for.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_tick_interval = 1
mon_client_hunt_interval = 0.3
mon_client_hunt_interval_max_multiple = 1
ms_initial_backoff = 0.05
ms_max_backoff = 0.3

[mon.a]
mon_data = $dir/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 1

[osd.0]
osd_data = $dir/osd
osd_objectstore = $store
memstore_device_bytes = 8589934592
bluestore_block_size = 17179869184
osd_memory_target = 939524096

[client.rgw]
rgw_data = $dir/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_dns_name = localhost
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
rgw_gc_obj_min_wait = 10
CONF
}

start() {
    dir=$(new_folder "$dir")
    local port fsid osd secret name
    port=$(free_ports 16)
    fsid=$(</proc/sys/kernel/random/uuid)
    osd=$(</proc/sys/kernel/random/uuid)
    secret=$(tr -d - </proc/sys/kernel/random/uuid)
    mkdir "$dir"/{mon,osd,rgw,log,run}
    chmod 700 "$dir"
    configuration "$port" "$fsid" >"$dir/ceph.conf"
    echo "http://127.0.0.1:$port" >"$dir/url"

    # 1. Keys, and a monitor that knows them.
    ceph-authtool -C "$dir/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
    for name in client.admin client.rgw osd.0; do
        ceph-authtool "$dir/keyring" --gen-key -n $name --cap mon 'allow *' --cap osd 'allow *' >/dev/null
    done
    monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$((port + 1))]" "$dir/monmap" >/dev/null
    ceph-mon -c "$dir/ceph.conf" -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
    daemon mon ceph-mon -i a

    # 2. The object store, known to the monitor before it starts.
    ceph -c "$dir/ceph.conf" --connect-timeout 60 osd new "$osd" >/dev/null
    ceph-osd -c "$dir/ceph.conf" -i 0 --mkfs --osd-uuid "$osd" >"$dir/log/mkfs.out" 2>&1 ||
        { tail -n 20 "$dir/log/mkfs.out" >&2; return 1; }
    daemon osd ceph-osd -i 0

    # 3. The gateway, and one user of it.
    gateway
    radosgw-admin -c "$dir/ceph.conf" -n client.rgw user create --uid=opendata --display-name=OpenData \
        --access-key=opendata --secret-key="$secret" --max-buckets=0 >/dev/null 2>"$dir/log/user.out" ||
        { tail -n 20 "$dir/log/user.out" >&2; return 1; }

    {
        printf 'export OPENDATA_TEST_S3=%q\n' "$(<"$dir/url")"
        printf 'export OPENDATA_TEST_S3_ACCESS_KEY=%q\n' opendata
        printf 'export OPENDATA_TEST_S3_SECRET_KEY=%q\n' "$secret"
        printf 'export OPENDATA_TEST_CEPH_DIR=%q\n' "$dir"
    } >"$dir/env"
}

verb=${1-}
durable=
[ "${2-}" = --durable ] && { durable=yes; shift; }
dir=${2-}
[ -n "$dir" ] || usage
if [ "$verb" != start ]; then
    dir=$(cd "$dir" && pwd)
fi
unset CEPH_ARGS CEPH_CONF CEPH_KEYRING

case $verb in
    start) start ;;
    rgw-kill) kill_and_wait "$dir" "$dir/rgw.pid" ;;
    rgw-start) alive "$dir" "$dir/rgw.pid" || gateway ;;
    stop) for name in rgw osd mon; do kill_and_wait "$dir" "$dir/$name.pid"; done ;;
    *) usage ;;
esac
