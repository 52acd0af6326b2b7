#!/usr/bin/env bash
# How exactly and how cheaply an account's rate is kept, beside nginx's limit_rate in the same run.
#
#   bash tests/OpenData.Benchmarks/bandwidth.sh               every case: about 25 minutes
#   bash tests/OpenData.Benchmarks/bandwidth.sh --quick       the cases that say most, shorter: less than 3 minutes
#   bash tests/OpenData.Benchmarks/bandwidth.sh NAME...       these cases, such as 'mixed saturated'; replaces their rows in today's results
#   bash tests/OpenData.Benchmarks/bandwidth.sh --list        what cases there are
#   … --rounds N --seconds N                                  each measurement N times, medians are shown; for so long; 1 and 20 unless told otherwise
#   … --work DIR                                              keeps what was prepared (programs, an archive of 700 MB) for further runs; alone it only prepares
#
# Each measurement starts a fresh server in a network namespace of its own (reno: bbr would pace loopback by itself) and warms it up. Servers:
#   gateway   the real server with an archive in its file store, and clients told apart by address or by key
#   fast      the same with OpenData:Gateway:FastLane
#   copied    gateway without OpenData:Gateway:SendFile: what HTTP/2 costs, and TLS before its encryption; only when asked for with --servers
#   nginx     limit_rate, which limits each connection and not the account: with n streams it gives n times the rate
#   pacer     the pacer with the least of a server around it, only when asked for with --servers pacer: what the rest of the gateway adds
# In the end it says which bars are met. A case takes 40 s for each of its servers, and 'stalled' two minutes.
# Results go to tests/OpenData.Benchmarks/results/bandwidth-DATE.jsonl, and as a table and a plot beside it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

# name | title | servers | accounts | streams of each | megabits (several: round and round) | for the load client | settings of the gateway
cases=(
  "one-1|1 × 100 Mb/s, 1 stream|gateway fast nginx|1|1|100|-b|"
  "one-4|1 × 100 Mb/s, 4 streams|gateway fast nginx|1|4|100|-b|"
  "one-16|1 × 100 Mb/s, 16 streams|gateway fast nginx|1|16|100|-b|"
  "one-32|1 × 100 Mb/s, 32 streams|gateway fast nginx|1|32|100|-b|"
  "h2-32|1 × 100 Mb/s, HTTP/2 with 32 streams|gateway|1|32|100|-b -2 -W 0|Kestrel:EndpointDefaults:Protocols=Http2"
  "keys-20|1 × 100 Mb/s, 20 keys from 4 addresses|gateway fast|1|20|100|-K 20 -A 4|"
  "slow|1 × 100 Mb/s, 8 streams, 4 of them at 0.8 Mb/s|gateway fast|1|8|100|-b -z 4:100000|"
  "tier|1 × 100 → 30 Mb/s in flight, 4 streams|gateway fast|1|4|100||"
  "forty|40 × 80 Mb/s|gateway fast nginx|40|1|80|-b|"
  "many|400 × 8 Mb/s|gateway fast nginx|400|1|8|-b -o 400|"
  "two-thousand|2,000 × 1.6 Mb/s|gateway fast nginx|2000|1|1.6|-b -o 1000|"
  "ten-thousand|10,000 × 0.32 Mb/s|gateway fast nginx|10000|1|0.32|-b -o 2000 -q 50|"
  "mixed|30 × (100, 30, 10) Mb/s on a link of half the sum|gateway fast|30|1|100 30 10||OpenData:Bandwidth:LinkRate=700 Mb/s"
  "saturated|40 × 8 Mb/s, both cores busy with other work|gateway fast nginx|40|1|8|-b|"
  "stalled|50 × 8 Mb/s beside 10,000 stalled clients|gateway fast|50|1|8|-b -S 10000 -o 1500 -q 50|OpenData:Bandwidth:IdleTimeout=00:00:40"
)
quick_cases=(one-4 one-32 keys-20 many)

quick=false rounds=1 seconds= only=() servers_only= work=
prepare_only=false; [[ $# = 2 && $1 = --work ]] && prepare_only=true
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=true ;;
    --only) only+=("$2"); shift ;;
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --work) work=$2; shift ;;
    --servers) servers_only=$2; shift ;;
    --list) printf '%s\n' "${cases[@]}" | awk -F'|' '{printf "%-14s %s (%s)\n", $1, $2, $3}'; exit ;;
    -*) echo "unknown: $1; see the first lines of $0" >&2; exit 2 ;;
    *) only+=("$1") ;;
  esac
  shift
done
for name in "${only[@]}"; do
  [[ " $(printf '%s\n' "${cases[@]}" | cut -d'|' -f1 | tr '\n' ' ')" == *" $name "* ]] || { echo "there is no case '$name'; --list shows them" >&2; exit 2; }
done
$quick && { seconds=${seconds:-11}; [ ${#only[@]} -gt 0 ] || only=("${quick_cases[@]}"); }
seconds=${seconds:-20}

if [ -z "$work" ]; then
  work=$(mktemp -d /tmp/bandwidth.XXXXXX)
  trap 'rm -rf "$work"' EXIT
fi
file=$work/file
benchmarks="dotnet $here/bin/Release/net10.0/OpenData.Benchmarks.dll"
program=$root/src/OpenData.Server/bin/Release/net10.0/opendata-server.dll

prepare() {
  command -v nginx >/dev/null && command -v gcc >/dev/null ||
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qqy install --no-install-recommends nginx-light gcc libc6-dev; } >&2
  mkdir -p "$work"
  gcc -O2 -o "$work/load" "$here/load/load.c"
  { dotnet build "$here" -c Release -v q -nologo && dotnet build "$root/src/OpenData.Server" -c Release -v q -nologo; } >&2
  cp -r "$root/catalog" "$work/catalog"
  dotnet "$program" sample "$work/deliveries" --dataset CN-PA-GAZS-FILE --editions 1 --size 700MB >/dev/null
  dotnet "$program" package CN-PA-GAZS-FILE --data "$work/data" --set "OpenData:Sources:Root=$work/deliveries" >/dev/null
  rm -rf "$work/deliveries"
  # Larger than what a stream takes in a run, so that requests are not what is measured.
  head -c 1G /dev/urandom >"$file"
  chmod a+rx "$work"
  chmod a+r "$file"
}

find_archive() {
  archive=/files/$(cd "$work/data/storage/datasets" && ls -S CN-PA-GAZS-FILE/*/r1/*.zip | head -1)
}

# Runs "$@" with a server on port 18080 in a network namespace of its own.
with_server() {
  local server=$1 settings=$2 rate=$3 busy=$4; shift 4
  local lane=false send=true
  [ "$server" = fast ] && lane=true
  [ "$server" = copied ] && send=false
  sed -i -E "s/(id: anonymous,).*/\\1 rate: $(awk "BEGIN {print $rate * 8 / 1e6}") Mb\\/s, streams: 64 }/" "$work/catalog/tiers.yaml"
  PROGRAM=$program LANE=$lane SEND=$send FILE=$file WORK=$work BENCHMARKS=$benchmarks SERVER=$server SETTINGS=$settings RATE=$rate BUSY=$busy timeout 200 unshare -n bash -c '
    set -eu
    main= others= before=
    trap "kill \$main \$others \$(jobs -p) 2>/dev/null || true" EXIT
    trap "exit 143" TERM INT
    ulimit -n "$(ulimit -Hn)"
    ip link set lo up
    sysctl -qw net.ipv4.tcp_congestion_control=reno
    if [ $SERVER = gateway ] || [ $SERVER = fast ] || [ $SERVER = copied ]; then
      dotnet "$PROGRAM" serve --roles gateway --data "$WORK/data" --urls http://127.0.0.1:18080 --set "OpenData:Catalog:Folder=$WORK/catalog" \
        --set OpenData:Gateway:FastLane=$LANE --set OpenData:Gateway:SendFile=$SEND ${SETTINGS:+--set "$SETTINGS"} >"$WORK/server.log" 2>&1 &
      pids=$!; main=$!
    elif [ $SERVER = pacer ]; then
      $BENCHMARKS paced-server --port 18080 --file "$FILE" >"$WORK/server.log" 2>&1 &
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
    # Other work: as many busy processes as there are cores, at the usual priority. The client that measures goes before them.
    if [ $BUSY = true ]; then
      for i in $(seq "$(nproc)"); do while :; do :; done & others+=" $!"; done
      before="nice -n -10"
    fi
    $before "$@" -P "$pids" & wait $! || cat "$WORK/server.log" >&2
    kill $main $others; wait $main 2>/dev/null || true
  ' _ "$@"
}

# Accounts of the case with as many keys as it wants, tiers in turn: the keys are in $work/keys afterwards.
accounts() { # accounts, keys of each, tiers...
  $benchmarks accounts "$work/data" "$work/catalog" "$@" >"$work/keys"
}

measure() { # server, case: one line of figures
  local server=$1 name title servers accounts streams megabits load settings port=18080 arguments=() m bytes=0 warm=4 window=$seconds busy=false
  IFS='|' read -r name title servers accounts streams megabits load settings <<<"$2"
  local path=$archive
  [ "$server" = nginx ] && path=/file
  case $name in
    saturated) busy=true ;;
    keys-20) accounts 1 20 partner; arguments+=(-k "$work/keys") ;;
    mixed) accounts 30 1 partner registered anonymous; arguments+=(-k "$work/keys") ;;
    tier)
      accounts 1 1 partner
      arguments+=(-k "$work/keys" -x "5:3750000:dotnet $program account tier benchmark-0 registered --data $work/data --set OpenData:Catalog:Folder=$work/catalog")
      window=$((seconds + 8)) ;;
    ten-thousand) warm=12 ;;
    two-thousand | many) warm=8 ;; # what is compiled anew for being used often is not what a byte costs
    stalled) warm=10; $quick || window=15 ;;
  esac
  for m in $megabits; do
    bytes=$(awk "BEGIN {printf \"%d\", $m * 125000}")
    [ "$server" = pacer ] && path=/$m
    arguments+=(-u "$path" -e "$(awk "BEGIN {print $bytes * ($(expr "$name" = mixed) ? 0.5 : 1)}")")
  done
  # shellcheck disable=SC2086
  with_server "$server" "$settings" "$bytes" $busy "$work/load" -p $port -a "$accounts" -n "$streams" -W 300 "${arguments[@]}" $load -w $warm -s $window
}

[ -s "$work/file" ] || prepare
$prepare_only && exit
find_archive
mkdir -p "$here/results"
results=$here/results/bandwidth-$(date -u +%Y-%m-%d)$($quick && echo -quick || true).jsonl
$quick && rm -f "$results"
[ -s "$results" ] ||
  echo "{\"machine\":\"$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version), $(nginx -v 2>&1 | sed 's/.*: //')\"}" >"$results"
commit=$(git -C "$root" rev-parse --short HEAD)
for case in "${cases[@]}"; do
  IFS='|' read -r name title servers _ <<<"$case"
  [ ${#only[@]} -gt 0 ] && [[ " ${only[*]} " != *" $name "* ]] && continue
  servers=${servers_only:-$servers}
  for server in $servers; do sed -i "/\"case\":\"$name\",\"server\":\"$server\"/d" "$results"; done
  for ((round = 0; round < rounds; round++)); do
    for server in $servers; do
      load=$(cut -d' ' -f1 /proc/loadavg)
      figures=$(measure "$server" "$case" | sed -E 's/([A-Za-z_0-9]+)=([-0-9.]+)/"\1":\2/g; s/ /,/g')
      [ -n "$figures" ] || { echo "failed: $name, $server" >&2; continue; }
      echo "{\"case\":\"$name\",\"server\":\"$server\",\"title\":\"$title\",\"at\":\"$(date -u +%Y-%m-%dT%H:%MZ)\",\"commit\":\"$commit\",\"load_before\":$load,$figures}" | tee -a "$results"
    done
  done
done
$benchmarks bandwidth-report "$results" "$(printf '%s\n' "${cases[@]}" | cut -d'|' -f1 | tr '\n' ' ')"
echo "written to ${results%.jsonl}.{jsonl,md,svg}"
