#!/usr/bin/env bash
# axe.sh DIR: puts axe-core, with which the tests judge the accessibility of pages, into DIR as axe.min.js. Nothing of it is run here.
set -euo pipefail
version=4.10.3
sha256=880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb

mkdir -p "$1"
cd "$1"
for attempt in 1 2 3; do
    npm pack --silent --ignore-scripts "axe-core@$version" >/dev/null && break
    [ "$attempt" -lt 3 ] || { echo "npm could not fetch axe-core $version" >&2; exit 1; }
    sleep 2
done
tar -xzf "axe-core-$version.tgz" --strip-components=1 package/axe.min.js
rm "axe-core-$version.tgz"
echo "$sha256  axe.min.js" | sha256sum --check --quiet
