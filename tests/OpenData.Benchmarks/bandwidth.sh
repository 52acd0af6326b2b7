#!/usr/bin/env bash
# How exactly and how cheaply an account's rate is kept, beside nginx's limit_rate in the same run.
#
#   bash tests/OpenData.Benchmarks/bandwidth.sh            every case, 3 rounds, medians: about 25 minutes
#   bash tests/OpenData.Benchmarks/bandwidth.sh --quick    the three cases that say most, once: less than 3 minutes
#
# Each measurement starts a fresh server in a network namespace of its own (reno: bbr would pace loopback by itself). Servers:
#   gateway   the real server, an archive in its file store, clients told apart by address and held to the tier 'anonymous'
#   fast      the same with OpenData:Gateway:FastLane
#   pacer     the pacer with the least of a server around it: what the rest of the gateway adds; the only one for HTTP/2 and mixed rates
#   nginx     limit_rate, which limits each connection and not the account: with n streams it gives n times the rate
# Results go to tests/OpenData.Benchmarks/results/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
quick=false; [ "${1:-}" = --quick ] && quick=true

# name | accounts | streams of each | megabits (several: round and round) | more for the load client | more for the server
cases=(
  "1 × 100 Mb/s, 1 stream|1|1|100||"
  "1 × 100 Mb/s, 4 streams|1|4|100||"
  "1 × 100 Mb/s, 16 streams|1|16|100||"
  "1 × 100 Mb/s, 32 streams|1|32|100||"
  "1 × 100 Mb/s, HTTP/2 with 32 streams|1|32|100|-2|"
  "1 × 100 Mb/s, 8 streams, 4 of them slow|1|8|100|-z 4:100000|"
  "40 × 80 Mb/s|40|1|80||"
  "400 × 8 Mb/s|400|1|8||"
  "2,000 × 1.6 Mb/s|2000|1|1.6||"
  "30 × (100, 30, 10) Mb/s on a link of half the sum|30|1|100 30 10||--OpenData:Bandwidth:LinkRate=700 Mb/s"
  "10,000 × 0.32 Mb/s|10000|1|0.32||"
)
rounds=3 warm=3 seconds=20
if $quick; then
  cases=("${cases[1]}" "${cases[3]}" "${cases[7]}")
  rounds=1 warm=2 seconds=11
fi

work=$(mktemp -d /tmp/bandwidth.XXXXXX)
file=$(mktemp /dev/shm/bandwidth.XXXXXX)
trap 'rm -rf "$work" "$file"' EXIT

prepare() {
  command -v nginx >/dev/null || { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qqy install --no-install-recommends nginx-light gcc libc6-dev; } >&2
  gcc -O2 -o "$work/load" "$here/load/load.c"
  dotnet build "$here" -c Release -v q -nologo >&2
  dotnet build "$root/src/OpenData.Server" -c Release -v q -nologo >&2
  program=$root/src/OpenData.Server/bin/Release/net10.0/opendata-server.dll
  cp -r "$root/catalog" "$work/catalog"
  dotnet "$program" sample "$work/deliveries" --dataset CN-PA-GAZS-FILE --editions 1 --size 700MB >/dev/null
  dotnet "$program" package CN-PA-GAZS-FILE --data "$work/data" --set "OpenData:Sources:Root=$work/deliveries" >/dev/null
  archive=/files/$(cd "$work/data/storage/datasets" && ls -S CN-PA-GAZS-FILE/*/r1/*.zip | head -1)
  rm -rf "$work/deliveries"
  # Larger than what a stream takes in a run, so that requests are not what is measured.
  head -c 1G /dev/urandom >"$file"
  chmod a+r "$file"
}

# Runs "$@" with a server on port 18080 in a network namespace of its own.
with_server() {
  local server=$1 extra=$2 rate=$3; shift 3
  local lane=false; [ "$server" = fast ] && lane=true
  sed -i -E "s/(id: anonymous,).*/\\1 rate: $(awk "BEGIN {print $rate * 8 / 1e6}") Mb\\/s, streams: 64 }/" "$work/catalog/tiers.yaml"
  PROGRAM=${program-} LANE=$lane FILE=$file WORK=$work BENCHMARKS=$here/bin/Release/net10.0/OpenData.Benchmarks.dll SERVER=$server EXTRA=$extra RATE=$rate timeout 120 unshare -n bash -c '
    set -eu
    ulimit -n "$(ulimit -Hn)"
    ip link set lo up
    sysctl -qw net.ipv4.tcp_congestion_control=reno
    if [ $SERVER = gateway ] || [ $SERVER = fast ]; then
      dotnet "$PROGRAM" serve --roles gateway --data "$WORK/data" --urls http://127.0.0.1:18080 --set "OpenData:Catalog:Folder=$WORK/catalog" \
        --set OpenData:Gateway:FastLane=$LANE >"$WORK/server.log" 2>&1 &
      pids=$!; main=$!
    elif [ $SERVER = pacer ]; then
      dotnet "$BENCHMARKS" paced-server --port 18080 --file "$FILE" ${EXTRA:+"$EXTRA"} >"$WORK/server.log" 2>&1 &
      pids=$!; main=$!
    else
      cat >"$WORK/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $WORK/nginx.pid; error_log $WORK/nginx.log;
events { worker_connections 20000; }
http {
  access_log off; sendfile on;
  client_body_temp_path $WORK/t; proxy_temp_path $WORK/t; fastcgi_temp_path $WORK/t; uwsgi_temp_path $WORK/t; scgi_temp_path $WORK/t;
  server { listen 127.0.0.1:18080 backlog=16384; location = /file { alias $FILE; limit_rate $RATE; } }
}
CONF
      nginx -c "$WORK/nginx.conf" 2>"$WORK/server.log" &
      main=$!
    fi
    for i in $(seq 150); do (exec 3<>/dev/tcp/127.0.0.1/18080) 2>/dev/null && break; sleep 0.1; done
    if [ $SERVER = nginx ]; then pids=$(pgrep -P $main | tr "\n" ","); pids=${pids%,}; fi
    "$@" -P "$pids" || { cat "$WORK/server.log" >&2; true; }
    kill $main; wait $main 2>/dev/null || true
  ' _ "$@"
}

value() { sed -nE "s/(^|.* )$2=([0-9.]+).*/\2/p" <<<"$1"; }
median() { sort -g | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }

measure() { # server, case
  local server=$1 name accounts streams megabits load extra port=18080 paths=() m bytes=0
  IFS='|' read -r name accounts streams megabits load extra <<<"$2"
  [[ $load == *-2* ]] && port=18081
  for m in $megabits; do
    bytes=$(awk "BEGIN {printf \"%d\", $m * 125000}")
    case $server in
      pacer) paths+=(-u "/$m" -e "$bytes") ;;
      nginx) paths+=(-u /file -e "$bytes") ;;
      *) paths+=(-b -u "$archive" -e "$bytes") ;;
    esac
  done
  # shellcheck disable=SC2086
  with_server "$server" "$extra" "$bytes" "$work/load" -p $port -a "$accounts" -n "$streams" "${paths[@]}" $load -w $warm -s $seconds
}

figures=(mean least most min10s max10s max1s p1_1s p99_1s spread cpu_s_per_GB KB_per_stream first_byte_p99_ms)
row() { # name, server, file of results
  local line="| $1 | $2" f
  for f in "${figures[@]}"; do
    line+=" | $(while read -r r; do value "$r" "$f"; done <"$3" | median)"
  done
  echo "$line |"
}

prepare
mkdir -p "$here/results"
out=$here/results/bandwidth-$(date -u +%Y-%m-%d)$($quick && echo -quick || true).md
{
  echo "# Bandwidth, $(date -u +%Y-%m-%dT%H:%MZ)"
  echo
  echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version), $(nginx -v 2>&1 | sed 's/.*: //'), commit $(git -C "$root" rev-parse --short HEAD)."
  echo "$rounds round(s) of $seconds s, medians; load average at the start $(cut -d' ' -f1 /proc/loadavg). Rates are parts of the promised rate of the account; spread is (most − least) / mean over its streams."
  echo
  echo "| case | server | mean | least account | most | smallest 10 s | largest 10 s | largest 1 s | 1 s p1 | 1 s p99 | spread | CPU-s/GB | KB a stream | first byte p99, ms |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
} >"$out"
for case in "${cases[@]}"; do
  name=${case%%|*}
  servers="gateway fast nginx"; [[ $case == *"|-2|"* || $case == *LinkRate* ]] && servers=pacer
  for server in $servers; do rm -f "$work/$server"; done
  for ((round = 0; round < rounds; round++)); do
    for server in $servers; do
      measure "$server" "$case" >>"$work/$server" || echo "failed: $name, $server" >&2
    done
  done
  for server in $servers; do
    row "$name" "$server" "$work/$server" | tee -a "$out"
  done
  [ "$servers" = pacer ] && continue
  for server in gateway fast; do
    a=$(while read -r r; do value "$r" cpu_s_per_GB; done <"$work/$server" | median)
    b=$(while read -r r; do value "$r" cpu_s_per_GB; done <"$work/nginx" | median)
    echo "| | $server / nginx, CPU | | | | | | | | | | $(awk "BEGIN {printf \"%.2f\", $a / ($b + 1e-9)}") × | | |" | tee -a "$out"
  done
done
echo "load average at the end $(cut -d' ' -f1 /proc/loadavg)" >>"$out"
echo "written to ${out#"$root"/}"
