#!/usr/bin/env bash
# Pages of feeds and lists with 1,000,000 releases on both databases, the start with as many, and 10,000 mirrors that wait.
#
#   bash tests/OpenData.Benchmarks/feeds.sh prepare DIR      generates both databases below DIR: 5 to 10 minutes, 6 GB
#   bash tests/OpenData.Benchmarks/feeds.sh measure DIR      builds what is here and measures it: about 4 minutes
#   bash tests/OpenData.Benchmarks/feeds.sh clean DIR
#
# PostgreSQL is a server of its own (tests/servers/postgres.sh), SQLite a file. Results go to tests/OpenData.Benchmarks/results/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
count=${COUNT:-1000000} mirrors=${MIRRORS:-10000} port=${PORT:-21947}
verb=${1:-} work=${2:-}
[ -n "$work" ] || { sed -n '2,8p' "$0"; exit 2; }
bin=$work/bin bench=$work/bin/OpenData.Benchmarks.dll
server() { dotnet "$bin/opendata-server.dll" "$@"; }
codes=$(find "$root/catalog/datasets" -name '*.yaml' -printf '%f\n' | sed 's/\.yaml$//' | sort)

# What the generator's text means on each database.
numbers() { echo "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < $count - 1)"; }
generated() { # the names of the columns that hold text must sort as on the server
  cat <<SQL
CREATE TEMP TABLE codes (i INT, code TEXT);
INSERT INTO codes VALUES $(awk '{printf "%s(%d, '\''%s'\'')", sep, NR - 1, $1; sep=", "}' <<<"$codes");
CREATE TEMP TABLE generated AS $(numbers)
SELECT n, code, 'E' || substr(CAST(10000000 + n / 44 AS TEXT), 2) AS edition,
  CAST(1950 + n / 44 / 336 AS TEXT) || '-' || substr(CAST(101 + (n / 44) % 336 / 28 AS TEXT), 2) || '-' || substr(CAST(101 + (n / 44) % 28 AS TEXT), 2) AS day,
  CAST(1000000 AS BIGINT) * (1500000000 + n) AS at
FROM numbers JOIN codes ON codes.i = n % 44;
SQL
}
script() { # digest, text
  generated
  sed -e "s/@COUNT@/$count/" -e "s/@SHA@/$1/" -e "s/@TEXT@/$2/" "$here/Feeds/generated.sql"
}

postgres() { # the settings of the server's connection
  . "$work/postgres/env"
  echo "${OPENDATA_TEST_POSTGRES%Database=*}Database=feeds"
}
psql_() {
  local c=$(postgres) p
  p() { sed -nE "s/.*$1=([^;]*).*/\1/p" <<<"$c"; }
  PGPASSWORD=$(p Password) psql -q -v ON_ERROR_STOP=1 -h "$(p Host)" -p "$(p Port)" -U "$(p Username)" "${1:-feeds}" "${@:2}"
}

settings() { # sqlite or postgresql
  export OpenData__Gateway__MaxConnectionsPerClient=100000 OpenData__Gateway__MaxConnections=100000
  if [ "$1" = postgresql ]; then export OpenData__Database__Provider=postgresql OpenData__Database__ConnectionString=$(postgres); fi
}

build() {
  dotnet build "$here" -c Release -v q -nologo >/dev/null
  rm -rf "$bin"; cp -r "$here/bin/Release/net10.0" "$bin"
}

prepare() {
  mkdir -p "$work"; chmod 711 "$work"
  build
  server migrate --data "$work/sqlite" >/dev/null
  { echo "PRAGMA synchronous=OFF; BEGIN;"; script "randomblob(32)" "printf('%.700c', 'x')"; echo "COMMIT; ANALYZE;"; } | sqlite3 "$work/sqlite/opendata.db"
  bash "$root/tests/servers/postgres.sh" start "$work/postgres"
  psql_ postgres -c 'CREATE DATABASE feeds'
  (settings postgresql; server migrate --data "$work/data" >/dev/null)
  { echo "BEGIN;"; script "decode(md5(random()::text) || md5(random()::text), 'hex')" "repeat('x', 700)"; echo "COMMIT; VACUUM ANALYZE;"; } | psql_
}

measure_one() { # sqlite or postgresql
  local data=$work/sqlite pid began ready i codes_; codes_=$(tr '\n' ' ' <<<"$codes")
  [ "$1" = sqlite ] || data=$work/data
  (
    settings "$1"
    ulimit -n "$(ulimit -Hn)"
    began=$(date +%s%N)
    dotnet "$bin/opendata-server.dll" serve --roles gateway --data "$data" --urls http://127.0.0.1:$port >"$work/$1.log" 2>&1 &
    pid=$!
    trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null' EXIT
    for i in $(seq 2000); do curl -fs -o /dev/null http://127.0.0.1:$port/readyz && break; sleep 0.01; done
    ready=$(( ($(date +%s%N) - began) / 1000000 ))
    echo "start $ready"
    # shellcheck disable=SC2086
    dotnet "$bench" feed-pages http://127.0.0.1:$port $pid $count $codes_ | sed 's/^/page /'
    kill $pid; wait $pid 2>/dev/null || true
    # Mirrors wait on a server that is fresh: what pages left behind is not theirs.
    dotnet "$bin/opendata-server.dll" serve --roles gateway --data "$data" --urls http://127.0.0.1:$port >>"$work/$1.log" 2>&1 &
    pid=$!
    for i in $(seq 2000); do curl -fs -o /dev/null http://127.0.0.1:$port/readyz && break; sleep 0.01; done
    dotnet "$bench" waiting-mirrors http://127.0.0.1:$port "$mirrors" "$(sql "$1" 'SELECT serial FROM feed_head')" $pid >"$work/$1.waiting" &
    waiting=$!
    for i in $(seq 600); do grep -q ^waiting "$work/$1.waiting" 2>/dev/null && break; sleep 0.1; done
    before=$(readings "$1")
    sql "$1" "BEGIN; UPDATE feed_head SET serial = serial + 1; INSERT INTO changes (serial, type, dataset, at) SELECT serial, 'dataset-changed', 'CN-PA-TXTS-10-A', 0 FROM feed_head; COMMIT;" >/dev/null
    wait $waiting
    after=$(readings "$1")
    sed 's/^/mirrors /' "$work/$1.waiting"
    echo "readings $((after - before))"
  )
}
sql() { if [ "$1" = sqlite ]; then sqlite3 -cmd '.timeout 5000' "$work/sqlite/opendata.db" "$2"; else psql_ feeds -At -c "$2"; fi; }
# How often the table of changes was looked into, by anybody. A session of the server tells what it read when it is next idle.
readings() { if [ "$1" = sqlite ]; then echo 0; else sleep 2; psql_ postgres -At -c 'SELECT 1' >/dev/null; sql "$1" "SELECT COALESCE(seq_scan, 0) + COALESCE(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'changes'"; fi; }

measure() {
  mkdir -p "$here/results"
  local out=$here/results/feeds-$(date -u +%Y-%m-%d).md database
  build
  psql_ postgres -c 'SELECT 1' >/dev/null 2>&1 || bash "$root/tests/servers/postgres.sh" restart "$work/postgres"
  # What a new version adds to the databases is no part of its start.
  server migrate --data "$work/sqlite" >/dev/null
  (settings postgresql; server migrate --data "$work/data" >/dev/null; psql_ feeds -c 'VACUUM ANALYZE releases')
  {
    echo "# Feeds with $count releases, $(date -u +%Y-%m-%dT%H:%MZ)"
    echo
    echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version), commit $(git -C "$root" rev-parse --short HEAD). Random pages one after another, 600 of each kind; load average at the start $(cut -d' ' -f1 /proc/loadavg)."
  } >"$out"
  for database in sqlite postgresql; do
    measure_one $database >"$work/$database.txt"
    {
      echo
      echo "## $database"
      echo
      echo "From start to ready: $(sed -n 's/^start //p' "$work/$database.txt") ms."
      echo
      echo "| page | kB | median, ms | p99, ms | longest, ms | processor, ms |"
      echo "|---|---|---|---|---|---|"
      sed -n 's/^page \(.*\)/| \1 |/p' "$work/$database.txt"
      echo
      echo "Mirrors that wait (memory in KB each: of the server's process, of that what the garbage collector holds and the rest; and the kernel's for both ends):"
      echo
      sed -n 's/^mirrors /- /p' "$work/$database.txt"
      [ $database = sqlite ] || echo "- the table of changes was read $(sed -n 's/^readings //p' "$work/$database.txt") times for the one change and all of them"
    } >>"$out"
  done
  bash "$root/tests/servers/postgres.sh" kill "$work/postgres"
  cat "$out"
}

case $verb in
  prepare) prepare ;;
  measure) measure ;;
  clean) bash "$root/tests/servers/postgres.sh" stop "$work/postgres" || true; rm -rf "$work" ;;
  *) sed -n '2,8p' "$0"; exit 2 ;;
esac
