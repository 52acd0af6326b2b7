#!/usr/bin/env bash
# Deals a mirror 1,000 blows (kill -9, dropped connections, flipped bits, full disks) while its server publishes, corrects and withdraws, and writes down what came again, and why.
#
#   bash tests/OpenData.Benchmarks/sync-kills.sh [BLOWS] [SEED]      about a second a blow; needs root, for the disk that fills up, and a byte of disk for each that passes: 8 GB
#
#   SECONDS_AT_MOST=1500   no blow is dealt later
#   BUILT=1                the tests are built
#
# A blow falls every 8 MB. CI deals 40, every 4 MB: tests/OpenData.Tests/EndToEnd/MirrorKillTests.cs
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
figures=$(mktemp)
progress=$(mktemp)
client=$(mktemp -d)
tail -f "$progress" &
tail=$!
trap 'kill $tail; rm -rf "$figures" "$progress" "$client"' EXIT
export OPENDATA_BLOWS=${1:-1000} OPENDATA_BLOWS_RESULT=$figures OPENDATA_BLOWS_PROGRESS=$progress OPENDATA_BLOWS_SECONDS=${SECONDS_AT_MOST:-1500}
[ -z "${2:-}" ] || export OPENDATA_SEED=$2
dotnet publish "$root/src/OpenData.Mirror" -c Release -r linux-x64 -o "$client" -v q -nologo
git -C "$root" checkout -q -- src/OpenData.Format/packages.lock.json src/OpenData.Mirror/packages.lock.json
# Server, publisher and line would be other machines: they give way to the mirror, which has its usual priority.
printf '#!/bin/sh\nexec nice -n -5 "%s" "$@"\n' "$client/opendata" >"$client/mirror"
chmod +x "$client/mirror"
export OPENDATA_CLIENT=$client/mirror
[ -n "${BUILT:-}" ] || dotnet build "$root/tests/OpenData.Tests" -v q -nologo
end=
nice -n 5 dotnet test "$root/tests/OpenData.Tests" --no-build --filter FullyQualifiedName~MirrorKillTests || end="The test failed. Its last demand is that less than 2 % came again."
[ -s "$figures" ] || exit 1
record=$here/results/sync-kills-$(date -u +%Y-%m-%d).md
{
  [ ! -s "$record" ] || printf '\n#' # A second run of a day is a section.
  echo "# A mirror under blows, $(date -u +%Y-%m-%dT%H:%MZ)"
  echo
  echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), .NET $(dotnet --version), commit $(git -C "$root" rev-parse --short HEAD). A line of 100 Mb/s, 4 connections; load average at the end $(cut -d' ' -f1 /proc/loadavg)."
  echo
  cat "$figures"
  [ -z "$end" ] || printf '\n%s\n' "$end"
} >>"$record"
tail -25 "$record"
[ -z "$end" ]
