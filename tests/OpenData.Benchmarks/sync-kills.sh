#!/usr/bin/env bash
# Deals a mirror 1,000 blows (kill -9, dropped connections, flipped bytes, full disks) while its server publishes, corrects and withdraws, and writes down what it cost.
#
#   bash tests/OpenData.Benchmarks/sync-kills.sh [BLOWS] [SEED]      about a second a blow, ten minutes at most; needs root, for the disk that fills up
#
# CI deals 40: tests/OpenData.Tests/EndToEnd/MirrorKillTests.cs
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
figures=$(mktemp)
client=$(mktemp -d)
trap 'rm -rf "$figures" "$client"' EXIT
export OPENDATA_BLOWS=${1:-1000} OPENDATA_BLOWS_RESULT=$figures OPENDATA_BLOWS_SECONDS=${SECONDS_AT_MOST:-480}
[ -z "${2:-}" ] || export OPENDATA_SEED=$2
dotnet publish "$root/src/OpenData.Mirror" -c Release -r linux-x64 -o "$client" -v q -nologo
git -C "$root" checkout -q -- src/OpenData.Format/packages.lock.json src/OpenData.Mirror/packages.lock.json
export OPENDATA_CLIENT=$client/opendata
[ -n "${BUILT:-}" ] || dotnet build "$root/tests/OpenData.Tests" -v q -nologo
end="At the end verify was clean, and the mirror the same tree as one that started afresh."
dotnet test "$root/tests/OpenData.Tests" --no-build --filter FullyQualifiedName~MirrorKillTests || end="The test failed after that (its last demand is that less than 2 % came again)."
[ -s "$figures" ] || exit 1
{
  echo "# A mirror under blows, $(date -u +%Y-%m-%dT%H:%MZ)"
  echo
  echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), .NET $(dotnet --version), commit $(git -C "$root" rev-parse --short HEAD). A line of 100 Mb/s, 4 connections; load average at the end $(cut -d' ' -f1 /proc/loadavg)."
  echo
  cat "$figures"
  echo
  echo "$end"
} >"$here/results/sync-kills-$(date -u +%Y-%m-%d).md"
cat "$here/results/sync-kills-$(date -u +%Y-%m-%d).md"
