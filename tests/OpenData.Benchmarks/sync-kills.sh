#!/usr/bin/env bash
# Deals a mirror 1,000 blows (kill -9, dropped connections, flipped bytes, full disks) while its server publishes, corrects and withdraws, and writes down what it cost.
#
#   bash tests/OpenData.Benchmarks/sync-kills.sh [BLOWS] [SEED]      about a second a blow; needs root, for the disk that fills up
#
# CI deals 40: tests/OpenData.Tests/EndToEnd/MirrorKillTests.cs
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
export OPENDATA_BLOWS=${1:-1000} OPENDATA_BLOWS_RESULT=$figures
[ -z "${2:-}" ] || export OPENDATA_SEED=$2
[ -n "${BUILT:-}" ] || dotnet build "$root/tests/OpenData.Tests" -v q -nologo
dotnet test "$root/tests/OpenData.Tests" --no-build --filter FullyQualifiedName~MirrorKillTests
{
  echo "# A mirror under blows, $(date -u +%Y-%m-%dT%H:%MZ)"
  echo
  echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), .NET $(dotnet --version), commit $(git -C "$root" rev-parse --short HEAD). A line of 100 Mb/s, 4 connections."
  echo
  cat "$figures"
  echo
  echo "At the end verify was clean, and the mirror the same tree as one that started afresh."
} >"$here/results/sync-kills-$(date -u +%Y-%m-%d).md"
cat "$here/results/sync-kills-$(date -u +%Y-%m-%d).md"
