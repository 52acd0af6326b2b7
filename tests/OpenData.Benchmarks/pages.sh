#!/usr/bin/env bash
# Public pages with 100,000 releases and 1,000 requests a second, in both languages: time at the client, CPU of the server, bytes transferred.
#
#   bash tests/OpenData.Benchmarks/pages.sh prepare DIR      builds the server and generates a database (SQLite) below DIR: 2 minutes
#   bash tests/OpenData.Benchmarks/pages.sh measure DIR      measures: about 2 minutes
#   bash tests/OpenData.Benchmarks/pages.sh clean DIR
#
# Needs h2load (Debian: nghttp2-client) and sqlite3. "As rendered" is the same server asked without compression and with a cookie that nobody knows, so that
# no page is kept: every request is rendered. Load and server share the machine. Results go to tests/OpenData.Benchmarks/results/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
count=${COUNT:-100000} port=${PORT:-21963} rate=${RATE:-1000} seconds=${SECONDS_EACH:-20}
verb=${1:-} work=${2:-}
[ -n "$work" ] || { sed -n '2,9p' "$0"; exit 2; }
bin=$work/bin url=http://127.0.0.1:$port
codes=$(find "$root/catalog/datasets" -name '*.yaml' -printf '%f\n' | sed 's/\.yaml$//' | sort)

prepare() {
  mkdir -p "$work"
  [ -d "$bin" ] || dotnet publish "$root/src/OpenData.Server" -c Release -o "$bin" -v q -nologo -p:RunAnalyzers=false
  dotnet "$bin/opendata-server.dll" migrate --data "$work/data" >/dev/null
  {
    echo "PRAGMA synchronous=OFF; BEGIN;"
    # As feeds.sh has it: the columns' names hold what sorts as on a server.
    cat <<SQL
CREATE TEMP TABLE codes (i INT, code TEXT);
INSERT INTO codes VALUES $(awk '{printf "%s(%d, '\''%s'\'')", sep, NR - 1, $1; sep=", "}' <<<"$codes");
CREATE TEMP TABLE generated AS WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < $count - 1)
SELECT n, code, 'E' || substr(CAST(10000000 + n / 44 AS TEXT), 2) AS edition,
  CAST(2005 + n / 44 / 108 AS TEXT) || '-' || substr(CAST(101 + (n / 44) % 108 / 9 AS TEXT), 2) || '-' || substr(CAST(101 + (n / 44) % 9 * 3 AS TEXT), 2) AS day,
  CAST(1000000 AS BIGINT) * (1500000000 + n) AS at
FROM numbers JOIN codes ON codes.i = n % 44;
SQL
    sed -e "s/@COUNT@/$count/" -e "s/@SHA@/randomblob(32)/" -e "s/@TEXT@/printf('%.700c', 'x')/" "$here/Feeds/generated.sql"
    # What release pages read: a manifest with one archive.
    cat <<'SQL'
UPDATE releases SET manifest = json_object('dataset', dataset, 'edition', edition, 'date', date, 'revision', 1,
  'packager', json_object('version', '1.0', 'engine', 'libdeflate', 'level', 6), 'publishedAt', '2024-01-02T03:04:05Z', 'documents', documents, 'entries', entries, 'bytes', bytes,
  'findings', json_object('errors', 0, 'warnings', 0, 'notes', 0),
  'archives', json_array(json_object('name', dataset || '_' || edition || '_r1_001.zip', 'bytes', bytes, 'sha256', printf('%064d', 1), 'pieceLength', 4194304, 'pieces', json_array(printf('%064d', 1)),
    'entries', entries, 'documents', documents, 'uncompressedBytes', uncompressed, 'first', 'CN1A', 'last', 'CN2A')));
SQL
    echo "COMMIT; ANALYZE;"
  } | sqlite3 "$work/data/opendata.db"
}

addresses() { # kind
  local last=$((count / 44 - 1)) code
  case $1 in
    catalog) echo "$url/" ;;
    filtered) for j in CN US EP JP KR; do echo "$url/?jurisdiction=$j"; done ;;
    search) for q in full design 专利 legal 摘要 xml; do echo "$url/?q=$(printf %s "$q" | od -An -tx1 | tr -d '\n' | tr ' ' %)"; done ;;
    dataset) for code in $codes; do echo "$url/datasets/$code"; done ;;
    release) for code in $codes; do for n in 1 7 50; do printf '%s/datasets/%s/E%07d/r1\n' "$url" "$code" $((last - n)); done; done ;;
    guide) echo "$url/guide"; echo "$url/terms/basic-data" ;;
  esac
}
kinds="catalog filtered search dataset release guide"

cpu() { awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) / hz}' "/proc/$1/stat"; }

# name, address file, further arguments: requests, per cent of 200, median, p95, p99 (ms), CPU ms a request
load() {
  local name=$1 list=$2 before after begin; shift 2
  rm -f "$work/$name.zh" "$work/$name.en" # h2load adds to what is there
  before=$(cpu "$pid")
  for language in zh en; do
    h2load --h1 -c 10 -t 1 --rps $((rate / 20)) -D "$seconds" -i "$list" -H "accept-language: $language" --log-file="$work/$name.$language" "$@" >"$work/$name.$language.txt" 2>&1 &
    loads+=($!)
  done
  wait "${loads[@]}"; loads=()
  after=$(cpu "$pid")
  cat "$work/$name.zh" "$work/$name.en" | awk '{print $3 / 1000, $2}' | sort -n | awk -v cpu="$(echo "$after $before" | awk '{print $1 - $2}')" -v s="$seconds" '
    {t[NR] = $1; if ($2 == 200) ok++}
    END {printf "| %d | %.1f | %.1f | %.1f | %.1f | %.2f | %.2f |\n", NR / s, 100 * ok / NR, t[int(NR * .5)], t[int(NR * .95)], t[int(NR * .99)], cpu * 1000 / NR, cpu / s}'
}

measure() {
  local out=$here/results/pages-$(date -u +%Y-%m-%d).md kind language loads=()
  mkdir -p "$here/results"
  OpenData__Gateway__MaxConnectionsPerClient=10000 dotnet "$bin/opendata-server.dll" serve --roles gateway --data "$work/data" --urls "$url" >"$work/log" 2>&1 &
  pid=$!
  trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null' EXIT
  for _ in $(seq 600); do curl -fs -o /dev/null "$url/readyz" && break; sleep 0.1; done
  for kind in $kinds; do addresses "$kind" >"$work/$kind.urls"; done
  cat "$work"/{catalog,catalog,filtered,search,dataset,release,guide}.urls | shuf --random-source=<(yes) >"$work/mixed.urls"
  {
    echo "# Public pages with $count releases, $(date -u +%Y-%m-%dT%H:%MZ)"
    echo
    echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version), commit $(git -C "$root" rev-parse --short HEAD), SQLite. The load client is on the same machine; load average at the start $(cut -d' ' -f1-3 /proc/loadavg)."
    echo
    echo "## One at a time"
    echo
    echo "| page | language | kB rendered | kB transferred (br) | ms rendered: median | p95 | ms kept: median | p95 |"
    echo "|---|---|---|---|---|---|---|---|"
    for kind in $kinds; do
      for language in zh en; do
        one=$(head -1 "$work/$kind.urls")
        times() { for _ in $(seq 60); do curl -s -o /dev/null -w '%{time_starttransfer} %{size_download}\n' "$@"; done | sed 1,10d | sort -n | awk '{t[NR] = $1 * 1000; b = $2} END {printf "%.1f %.1f %.1f", b / 1000, t[int(NR * .5)], t[int(NR * .95)]}'; }
        read -r plain p50 p95 <<<"$(times -H "Accept-Language: $language" -H 'Cookie: x=1' "$one")"
        read -r small k50 k95 <<<"$(times -H "Accept-Language: $language" -H 'Accept-Encoding: br' "$one")"
        echo "| $kind | $language | $plain | $small | $p50 | $p95 | $k50 | $k95 |"
      done
    done
    echo
    echo "## $rate requests a second for $seconds s, all pages mixed, both languages"
    echo
    echo "| | requests a second | % 200 | median, ms | p95, ms | p99, ms | CPU ms a request | cores |"
    echo "|---|---|---|---|---|---|---|---|"
    echo "| kept and compressed (warm) $(load warm "$work/mixed.urls" -H 'accept-encoding: br' >/dev/null; load kept "$work/mixed.urls" -H 'accept-encoding: br')"
    rate=$((rate / 10))
    echo "| as rendered, a tenth of the rate $(load rendered "$work/mixed.urls" -H 'cookie: x=1')"
  } | tee "$out"
}

case $verb in
  prepare) prepare ;;
  measure) measure ;;
  clean) rm -rf "$work" ;;
  *) sed -n '2,9p' "$0"; exit 2 ;;
esac
