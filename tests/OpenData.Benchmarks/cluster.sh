#!/usr/bin/env bash
# A real cluster (deploy/cluster.sh: PostgreSQL, Ceph, 3 gateways, 2 workers, HAProxy) under load while its processes are killed and restarted.
#
#   bash tests/OpenData.Benchmarks/cluster.sh             all cases: about seven minutes
#   bash tests/OpenData.Benchmarks/cluster.sh CASE…       some: one fifty gateway2 worker1 haproxy rgw postgres rolling cache
#
#   one       one account of 100 Mb/s with 8 downloads over 3 gateways
#   fifty     50 accounts of 10 Mb/s with 2 downloads each, through HAProxy
#   gateway2 … postgres   the same, while that process is killed with signal 9 after 10 s and started again 3 s later (PostgreSQL: an immediate stop for 10 s)
#   rolling   200 downloads at a time while all gateways and workers are restarted one after another; no client may see an error
#   cache     100 accounts want a new archive at once: what is read from the bucket for what is served
#
# Results go to tests/OpenData.Benchmarks/results/cluster-DATE.md. OPENDATA_SERVER and BENCHMARKS name built programs, else they are built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cluster=$root/deploy/cluster.sh
cases=("$@")
[ $# -gt 0 ] || cases=(one fifty gateway2 worker1 haproxy rgw postgres rolling cache)
work=$(mktemp -d /tmp/cluster.XXXXXX)
chmod 711 "$work"
dir=$work/cluster
finish() { bash "$cluster" down "$dir" >/dev/null 2>&1 || true; rm -rf "$work"; }
trap finish EXIT

if [ -z "${BENCHMARKS-}" ]; then
  dotnet build "$here" -c Release -v q -nologo >&2
  BENCHMARKS=$here/bin/Release/net10.0/OpenData.Benchmarks.dll
fi
# Tiers small enough for one machine, with more downloads than the cases use.
cp -r "$root/catalog" "$work/catalog"
sed -i -E 's/(id: registered,).*/\1 rate: 10 Mb\/s, streams: 8 }/' "$work/catalog/tiers.yaml"
export OpenData__Catalog__Folder=$work/catalog
bash "$cluster" up "$dir" >&2
url=$(sed 's|/readyz||' "$dir/run/haproxy.url")
gateways=$(cat "$dir"/run/gateway?.url | sed 's|/readyz||' | paste -sd,)

accounts() { # count tier: a key of each
  (set -a; . "$dir/opendata.env"; set +a; dotnet "$BENCHMARKS" accounts "$dir/shell" "$work/catalog" "$1" 1 "$2")
}
ask() { curl -fsS --noproxy '*' -H "Authorization: Bearer $key" "$@"; }
publish() { # dataset size: the path of its archive
  bash "$cluster" server "$dir" sample "$dir/deliveries" --dataset "$1" --editions 1 --size "$2" >/dev/null
  bash "$cluster" server "$dir" package "$1" >/dev/null
  local folder
  folder=$(ask -o /dev/null -w '%{redirect_url}' "$url/files/$1/latest/")
  ask "${folder}SHA256SUMS" | awk -v folder="${folder#"$url"}" '/\.zip$/ { print folder $2, $1 }' | head -n 1
}

accounts 101 registered | tail -n 100 >"$work/all.keys"
key=$(accounts 1 partner) # the first of them, which is none of the hundred
echo "$key" >"$work/one.keys"
head -n 50 "$work/all.keys" >"$work/fifty.keys"
read -r large _ < <(publish CN-PA-TXTS-10-A 200MB)
read -r small sha < <(publish US-PA-TXTO-10-B 15MB)
# Gateways read accounts again four times a second; and the caches are filled, for it is not they that are measured.
sleep 2
for gateway in ${gateways//,/ }; do ask -o /dev/null -r 0-0 "$gateway$large"; done

load() { dotnet "$BENCHMARKS" cluster-load "$@"; }
say() { tee -a "$work/figures" <<<"case=$1 $2"; }

metric() { # name: summed over the gateways
  local gateway
  for gateway in ${gateways//,/ }; do curl -fsS --noproxy '*' "$gateway/metrics"; done | awk -v name="$1" '$1 == name || index($1, name "{") == 1 { sum += $2 } END { printf "%.0f\n", sum }'
}

for case in "${cases[@]}"; do
  case $case in
    one) say one "$(load "$gateways" "$work/one.keys" "$large" 8 12500000 4 30 "$work/$case.csv")" ;;
    fifty) say fifty "$(load "$url" "$work/fifty.keys" "$large" 2 1250000 4 30 "$work/$case.csv")" ;;
    gateway2 | worker1 | haproxy | rgw | postgres)
      away=3
      [ "$case" != postgres ] || away=10
      load "$url" "$work/fifty.keys" "$large" 2 1250000 4 40 "$work/$case.csv" >"$work/line" &
      client=$!
      sleep 10
      bash "$cluster" kill "$case" "$dir"
      sleep $away
      bash "$cluster" start "$case" "$dir"
      wait $client
      say "kill-$case" "$(<"$work/line")"
      ;;
    rolling)
      mkfifo "$work/end"
      dotnet "$BENCHMARKS" cluster-strict "$url" "$work/fifty.keys" "$small" 4 "$sha" <"$work/end" >"$work/strict" &
      client=$!
      exec 7>"$work/end"
      until grep -q running "$work/strict" || ! kill -0 $client; do sleep 0.2; done
      began=$SECONDS
      for node in gateway1 gateway2 gateway3 worker1 worker2; do bash "$cluster" restart "$node" "$dir"; done
      echo >&7
      exec 7>&-
      outcome=0
      wait $client || outcome=1
      say rolling "$(tail -n 1 "$work/strict") restarts_s=$((SECONDS - began))"
      [ $outcome = 0 ] || failed=yes
      ;;
    cache)
      read -r fresh _ < <(publish CN-PA-GAZS-FILE 40MB)
      bytes=$(ask -I "$url$fresh" | tr -d '\r' | awk 'tolower($1) == "content-length:" { print $2 }')
      before=$(metric opendata_cache_fetched_bytes_total)
      served=$(metric opendata_download_bytes_total)
      xargs -P 100 -I{} curl -fsS --noproxy '*' -o /dev/null -u "me:{}" "$url$fresh" <"$work/all.keys"
      sleep 1
      fetched=$(($(metric opendata_cache_fetched_bytes_total) - before))
      served=$(($(metric opendata_download_bytes_total) - served))
      say cache "mirrors=100 gateways=3 archive_bytes=$bytes served_bytes=$served from_bucket_bytes=$fetched part=$(awk "BEGIN {printf \"%.4f\", $fetched / $served}") archives_from_bucket=$(awk "BEGIN {printf \"%.2f\", $fetched / $bytes}")"
      ;;
    *) echo "there is no case $case" >&2; exit 2 ;;
  esac
done
if [ $# -eq 0 ]; then
  {
    echo "# A cluster under load, through kills and restarts, $(date -u +%Y-%m-%d)"
    echo
    echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), .NET $(dotnet --version), $(haproxy -v | head -1 | cut -d' ' -f1-3); commit $(git -C "$root" rev-parse --short HEAD); load $(cut -d' ' -f1-2 /proc/loadavg)."
    echo "Rates are parts of the account's, over all accounts and windows; clients, balancer, gateways, Ceph and PostgreSQL share the machine."
    echo
    echo '```'
    cat "$work/figures"
    echo '```'
  } >"$here/results/cluster-$(date -u +%Y-%m-%d).md"
fi
[ -z "${KEEP-}" ] || cp "$work"/*.csv "$work/figures" "$KEEP"
[ -z "${failed-}" ] || { echo "a client saw an error" >&2; exit 1; }
