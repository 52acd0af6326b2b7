#!/usr/bin/env bash
# One account, one rate, over many gateways: how fair, how fast, and what it costs.
#
#   bash tests/OpenData.Benchmarks/shares.sh      about six minutes; needs PostgreSQL installed
#
# 1. A simulation in one process, under a clock of its own, with the real pacers, shares and rounds: 10,000 accounts over 10, 50 and 200 gateways.
# 2. The real exchange on a real PostgreSQL: CPU of a gateway and of the database, statements.
# Results go to tests/OpenData.Benchmarks/results/shares-DATE.{md,svg}.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d /tmp/shares.XXXXXX)
finish() { bash "$root/tests/servers/postgres.sh" stop "$work/pg" || true; rm -rf "$work"; }
trap finish EXIT
chmod 711 "$work"

dotnet build "$here" -c Release -v q -nologo >&2
benchmarks="dotnet $here/bin/Release/net10.0/OpenData.Benchmarks.dll"
results=$here/results/shares-$(date -u +%Y-%m-%d)

# A line of figures as a row of a table, and its names as the head.
row() { awk '{ line = "|"; for (i = 1; i <= NF; i++) { split($i, pair, "="); line = line " " pair[2] " |" } print line }'; }
head_of() { awk 'NR == 1 { line = "|"; rule = "|"; for (i = 1; i <= NF; i++) { split($i, pair, "="); gsub("_", " ", pair[1]); line = line " " pair[1] " |"; rule = rule "---|" } print line; print rule }'; }

panels=()
for nodes in 10 50 200; do
  echo "simulating $nodes gateways" >&2
  $benchmarks share-simulation $nodes 10000 3 10 "$work/$nodes.csv" | tee -a "$work/simulation" >&2
  panels+=("$nodes gateways, 10,000 accounts of 10 Mb/s, each with a download on three of them" "$work/$nodes.csv")
done
$benchmarks share-plot "$results.svg" "${panels[@]}"

bash "$root/tests/servers/postgres.sh" start "$work/pg"
# shellcheck disable=SC1091
. "$work/pg/env"
postmaster=$(head -n 1 "$work/pg/data/postmaster.pid")
for case in "10 1000 3" "10 10000 3" "20 10000 3" "40 10000 3" "10 100000 1"; do
  # shellcheck disable=SC2086
  $benchmarks share-exchange "$OPENDATA_TEST_POSTGRES" "$postmaster" $case 8 | tee -a "$work/exchange" >&2
done

{
  echo "# Shares over many gateways, $(date -u +%Y-%m-%d)"
  echo
  echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), .NET $(dotnet --version); commit $(git -C "$root" rev-parse --short HEAD); load $(cut -d' ' -f1-2 /proc/loadavg)."
  echo
  echo "## Simulation"
  echo
  echo "Real pacers, shares and rounds, a clock of their own, a table in memory. Every account downloads from \`spread\` gateways at once from the first moment; from 6 to 18 s all is steady;"
  echo "then a gateway is killed, and its downloads resume on a new one. Rates are parts of the account's; \`settled s\` and \`taken up s\`: until 99 of 100 accounts stay within 3 % in every second;"
  echo "\`kill …10s\`: any 10 s around the kill; \`round ms\`: time of a round without the database, of 10 to 200 gateways that share one processor's caches."
  echo
  echo "![Rates of all accounts by second]($(basename "$results").svg)"
  echo
  head_of <"$work/simulation"
  row <"$work/simulation"
  echo
  echo "## Exchange on PostgreSQL"
  echo
  echo "One statement a round. \`CPU ms per round\` is all of a gateway's: looking for new accounts, report, driver, shares; \`core percent\` is that once a second. The database's is that of all its processes, for all gateways."
  echo
  head_of <"$work/exchange"
  row <"$work/exchange"
} >"$results.md"
echo "written to $results.{md,svg}"
