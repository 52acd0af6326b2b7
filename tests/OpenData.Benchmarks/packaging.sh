#!/usr/bin/env bash
# Compares packaging with what else makes zip files, side by side and interleaved, every entry and the whole archive hashed where the tool can.
# Use: packaging.sh [ROUNDS] [WORK]     WORK (default: a temporary folder) keeps the corpus from run to run.
#                                       With 0 rounds the report is made again from the figures in WORK.
#      CORPUS_MAIN=DIR CORPUS_TINY=DIR  take these folders instead of the built-in corpus.  LARGE=1 adds one file of 20 GB and a million of 100 bytes.
# Writes results/packaging-<date>.md. Needs zip, 7z, tar, pigz, sha256sum, /usr/bin/time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rounds=${1:-3}
work=${2:-$(mktemp -d)}
mkdir -p "$work" "$here/results"
[ $# -ge 2 ] || trap 'rm -rf "$work"' EXIT

dotnet build "$here" -c Release -v q -nologo
bench() { dotnet "$here/bin/Release/net10.0/OpenData.Benchmarks.dll" "$@"; }
export -f bench; export here work

main=${CORPUS_MAIN:-$work/main} tiny=${CORPUS_TINY:-$work/tiny}
[ -d "$main" ] || bench corpus main "$main" 20000
[ -d "$tiny" ] || bench corpus tiny "$tiny" 200000

declare -A command=(
  [zip]='cd "$from" && zip -6 -q -r "$to.zip" . && sha256sum "$to.zip"'
  [7z]='cd "$from" && 7z a -tzip -mx1 -mmt2 -bso0 -bsp0 "$to.zip" . && sha256sum "$to.zip"'
  [pigz]='tar -C "$from" -c . | pigz -6 -p 2 > "$to.tgz" && sha256sum "$to.tgz"'
  [ziparchive]='bench zip-archive "$from" "$to.zip"'
  [default]='bench package "$from" "$to"'
  [fast]='bench package "$from" "$to" level=1'
  [isal]='bench package "$from" "$to" engine=isal'
  [zlib]='bench package "$from" "$to" engine=zlib'
)
order=(zip 7z pigz ziparchive default fast isal zlib)
figures=$work/figures.tsv
[ "$rounds" -eq 0 ] || : > "$figures"

measure() { # CORPUS FOLDER TOOL
  export from=$2 to=$work/out
  rm -rf "$to" "$to".*
  /usr/bin/time -o "$work/time" -f '%e %U %S %M' bash -c "${command[$3]}" > "$work/log" || { cat "$work/log"; exit 1; }
  local bytes; bytes=$(find "$work" -path "$to*" -type f \( -name '*.zip' -o -name '*.tgz' \) -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  echo "$1 $3 $(cat "$work/time") $bytes $(cut -d' ' -f1 /proc/loadavg)" >> "$figures"
}

for round in $(seq "$rounds"); do
  for tool in "${order[@]}"; do
    measure main "$main" "$tool"
    measure tiny "$tiny" "$tool"
  done
done

report=$here/results/packaging-$(date +%F).md
{
  echo "# Packaging, $(date +%F)"
  echo
  echo "$(nproc) cores, $(uname -sr), .NET $(dotnet --version), medians of $(grep -c '^main zip ' "$figures") interleaved rounds; files on disk are in the page cache."
  awk '{ if (NR == 1 || $8 < low) low = $8; if ($8 > high) high = $8 } END { if (high != "") printf "Load average while it ran: %s to %s. Wall times mean something only where that is about the number of workers.\n", low, high }' "$figures"
  echo "Ratios are against \`zip -6\` followed by \`sha256sum\`. CPU is user + system seconds."
  for corpus in main tiny; do
    folder=${!corpus}
    echo
    echo "## $corpus: $(find "$folder" -type f | wc -l) files, $(find "$folder" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum / 1e6 }') MB"
    echo
    echo "| tool | wall s | wall ratio | CPU s | CPU ratio | cores in use | peak MB | output ratio |"
    echo "|---|---|---|---|---|---|---|---|"
    awk -v corpus=$corpus -v names="${order[*]}" '
      function median(list, n,   i, j, t) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (list[j] < list[i]) { t = list[i]; list[i] = list[j]; list[j] = t } return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2 }
      $1 == corpus { n = ++count[$2]; wall[$2, n] = $3; cpu[$2, n] = $4 + $5; if ($6 > peak[$2]) peak[$2] = $6; size[$2] = $7 }
      END {
        split(names, tool, " ")
        for (k = 1; k in tool; k++) {
          t = tool[k]; for (i = 1; i <= count[t]; i++) { w[i] = wall[t, i]; c[i] = cpu[t, i] }
          mw = median(w, count[t]); mc = median(c, count[t]); if (k == 1) { zw = mw; zc = mc; zs = size[t] }
          printf "| %s | %.2f | %.3f | %.2f | %.3f | %.2f | %.0f | %.3f |\n", t, mw, mw / zw, mc, mc / zc, mc / mw, peak[t] / 1024, size[t] / zs
        } }' "$figures"
  done
  if [ -n "${LARGE:-}" ]; then
    echo
    echo "## Memory"
    echo
    bench package-generated 1 20000000000 - | head -1 | sed 's/^/- one file of 20 GB: /'
    bench package-generated 1000000 100 - | head -1 | sed 's/^/- a million files of 100 bytes: /'
  fi
} > "$report"
cat "$report"
