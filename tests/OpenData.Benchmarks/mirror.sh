#!/usr/bin/env bash
# What a mirror makes of its tier of 100 Mb/s, and what it costs: large archives, thousands of small releases, aria2 and sha256sum beside it, a million files.
#
#   bash tests/OpenData.Benchmarks/mirror.sh              everything: about 12 minutes on two cores, half of it preparation
#   bash tests/OpenData.Benchmarks/mirror.sh --prepare    builds, and publishes what is measured, into WORK (default /tmp/mirror-bench)
#   bash tests/OpenData.Benchmarks/mirror.sh --measure    measures with what was prepared; --million does the case of a million files
#
# SMALL releases of 100 kB (10,000), LARGE archives of 250 MB (3). The real gateway and the published client, on loopback in a network namespace of their own.
# A part of the rate is (bytes of all response bodies) / wall time of the whole command / 12,500,000.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
WORK=${WORK:-/tmp/mirror-bench} SMALL=${SMALL:-10000} LARGE=${LARGE:-3} MILLION=${MILLION:-1000000}
small=CN-PA-PRSS-10 large=CN-PA-TXTS-10-A
server=$root/src/OpenData.Server/bin/Release/net10.0/opendata-server.dll
opendata=$WORK/client/opendata

prepare() {
  mkdir -p "$WORK"
  dotnet build "$root/src/OpenData.Server" -c Release -v q -nologo >&2
  dotnet publish "$root/src/OpenData.Mirror" -c Release -r linux-x64 -o "$WORK/client" -v q -nologo >&2
  python3 - "$WORK/deliveries" "$small" "$SMALL" "$large" "$LARGE" <<'PY'
import datetime, os, sys
root, small, nsmall, large, nlarge = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
def deliver(code, edition, bytes_):
    folder = os.path.join(root, 'CN', code, edition)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'CN1.bin'), 'wb') as f:
        while bytes_ > 0:
            f.write(os.urandom(min(bytes_, 1 << 20)))
            bytes_ -= 1 << 20
    open(os.path.join(folder, 'READY'), 'w').close()
day = datetime.date(1990, 1, 1)
for i in range(nsmall):
    deliver(small, (day + datetime.timedelta(days=i)).strftime('%Y%m%d'), 100_000)
for i in range(nlarge):
    deliver(large, (day + datetime.timedelta(days=i)).strftime('%Y%m%d'), 250_000_000)
PY
  for code in $large $small; do
    dotnet "$server" package $code --data "$WORK/data" --set "OpenData:Sources:Root=$WORK/deliveries" >"$WORK/package.log" 2>&1 || { tail -5 "$WORK/package.log"; exit 1; }
  done
  dotnet "$server" account add bench --tier partner --data "$WORK/data" >/dev/null
  dotnet "$server" key add bench --data "$WORK/data" | grep -o 'odk_[^ ]*' >"$WORK/key"
}

timed() { # file of the result, command: wall user sys KB
  local out=$1; shift
  /usr/bin/time -o "$out" -f '%e %U %S %M' "$@"
}

run_in_namespace() {
  ip link set lo up
  sysctl -qw net.ipv4.tcp_congestion_control=reno 2>/dev/null || true
  export OPENDATA_SERVER=http://127.0.0.1:18090 OPENDATA_KEY=$(cat "$WORK/key")
  dotnet "$server" serve --roles gateway --data "$WORK/data" --urls $OPENDATA_SERVER >"$WORK/server.log" 2>&1 &
  pid=$!
  trap 'kill $pid' EXIT
  for _ in $(seq 200); do curl -fs $OPENDATA_SERVER/readyz >/dev/null && break; sleep 0.1; done
  # Nothing is deleted before: for six minutes ext4 passes over the inodes of deleted files one by one wherever a file is made (recently_deleted), which took 15 % of the client's time.
  mkdir -p "$WORK/old"
  for old in "$WORK"/m-*; do [ ! -e "$old" ] || mv "$old" "$WORK/old/$RANDOM$RANDOM"; done
  timed "$WORK/t.large" "$opendata" sync --to "$WORK/m-large" --dataset $large --json >"$WORK/large.json"
  timed "$WORK/t.small" "$opendata" sync --to "$WORK/m-small" --dataset $small --json >"$WORK/small.json"
  local first=$(cd "$WORK/m-large" && ls -d $large/*/r1 | head -1)
  local zip=$(cd "$WORK/m-large/$first" && ls *.zip)
  curl -fsu me:$OPENDATA_KEY "$OPENDATA_SERVER/files/$first/$zip.meta4" -o "$WORK/one.meta4"
  timed "$WORK/t.aria2" aria2c -q -x8 -s8 --http-user=me --http-passwd=$OPENDATA_KEY --http-auth-challenge=false --check-integrity=true -d "$WORK/m-aria2" -M "$WORK/one.meta4"
  cmp "$WORK/m-aria2/$zip" "$WORK/m-large/$first/$zip"
  timed "$WORK/t.get" "$opendata" get $large "$(cut -d/ -f2 <<<"$first")" --to "$WORK/m-get" --connections 8 >/dev/null 2>&1
  kill $pid; wait $pid 2>/dev/null || true
  trap - EXIT
}

verification() {
  cat "$WORK"/m-large/*/*/*/*.zip >/dev/null
  (cd "$WORK/m-large" && for f in */*/*/SHA256SUMS; do sed "s|  |  $(dirname "$f")/|" "$f"; done) >"$WORK/sums.large"
  (cd "$WORK/m-small" && for f in */*/*/SHA256SUMS; do sed "s|  |  $(dirname "$f")/|" "$f"; done) >"$WORK/sums.small"
  for kind in large small; do
    for round in 1 2 3; do
      timed "$WORK/t.verify.$kind.$round" "$opendata" verify "$WORK/m-$kind" 2>"$WORK/verify.$kind"
      (cd "$WORK/m-$kind" && timed "$WORK/t.sums.$kind.$round" sha256sum --quiet --strict -c "$WORK/sums.$kind")
    done
  done
  timed "$WORK/t.quick" "$opendata" verify --quick "$WORK/m-small" 2>/dev/null
  for round in 1 2 3 4 5; do timed "$WORK/t.version.$round" "$opendata" --version >/dev/null; done
}

# A mirror of a million files, and a feed that has a change for each of its releases: the whole feed is walked, everything is there, and verify --quick looks at each.
# Its releases are one that --measure fetched under other names, signed by a key of this script (python3-cryptography; without it nothing is signed, and each is named as bad).
million() {
  rm -rf "$WORK/million"; mkdir -p "$WORK/million/.opendata/releases"
  openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/ec.pem" 2>/dev/null
  openssl ec -in "$WORK/ec.pem" -pubout -out "$WORK/million/.opendata/signing-key.pem" 2>/dev/null
  python3 - "$WORK" "$MILLION" "$opendata" <<'PY'
import base64, datetime, glob, hashlib, http.server, json, os, subprocess, sys, threading, urllib.parse
work, files, opendata = sys.argv[1], int(sys.argv[2]), sys.argv[3]
try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = serialization.load_pem_private_key(open(f'{work}/ec.pem', 'rb').read(), None)
    sign = lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))
except ImportError:
    sign = lambda data: b''
sample = next(iter(sorted(glob.glob(f'{work}/m-small/*/*/r1'))), None)
text = {name: open(f'{sample}/{name}').read() for name in ('release.json', 'SHA256SUMS')} if sample else {}
before = sample.split('/')[-2] if sample else ''
at = os.stat(f'{sample}/release.json').st_mtime if sample else 0
def release(folder, edition):
    manifest = text['release.json'].replace(before, edition).encode()
    old = hashlib.sha256(text['release.json'].encode()).hexdigest()
    sums = text['SHA256SUMS'].replace(old, hashlib.sha256(manifest).hexdigest()).replace(before, edition).encode()
    for name, content in (('release.json', manifest), ('SHA256SUMS', sums), ('SHA256SUMS.sig', sign(sums))):
        with open(f'{folder}/{name}', 'wb') as file: file.write(content)
    for name, size in others:
        path = f'{folder}/{name.replace(before, edition)}'
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.truncate(path, size)
        os.utime(path, (at, at))
others = [(name, os.path.getsize(f'{sample}/{name}')) for name in os.listdir(sample) if name not in ('release.json', 'SHA256SUMS', 'SHA256SUMS.sig')] if sample else []
n, code = files // 6, 'CN-PA-PRSS-10'
with open(f'{work}/million/.opendata/releases/{code}', 'w') as index:
    for i in range(n):
        edition = f'{1000 + i // 336}{i // 28 % 12 + 1:02}{i % 28 + 1:02}'
        folder = f'{work}/million/{code}/{edition}/r1'
        os.makedirs(folder)
        if sample:
            release(folder, edition)
        for name in () if sample else ('release.json', 'SHA256SUMS', 'SHA256SUMS.sig', f'{code}_{edition}_r1_001.zip', f'{code}_{edition}_r1_001.entries.jsonl.gz', f'{code}_{edition}_r1.findings.jsonl.gz'):
            os.close(os.open(f'{folder}/{name}', os.O_CREAT | os.O_WRONLY))
        index.write(f'+{edition}/r1\n')
def stamp(t): return t.strftime('%Y-%m-%dT%H:%M:%SZ')
class Feed(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *_): pass
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        if url.path == '/api/v1/changes/head':
            at = datetime.datetime.now(datetime.timezone.utc); until = at + datetime.timedelta(hours=24)
            signed = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', f'{work}/ec.pem'], input=f'opendata-feed-head-1\n{n}\n{stamp(at)}\n{stamp(until)}\n'.encode(), capture_output=True).stdout
            body = {'serial': n, 'at': stamp(at), 'expires': stamp(until), 'signature': base64.b64encode(signed).decode()}
        else:
            after = int(urllib.parse.parse_qs(url.query)['after'][0]); last = min(n, after + 1000)
            body = {'head': n, 'items': [{'serial': i + 1, 'type': 'published', 'dataset': code, 'edition': f'{1000 + i // 336}{i // 28 % 12 + 1:02}{i % 28 + 1:02}', 'revision': 1, 'at': '2024-01-02T00:00:00Z'} for i in range(after, last)]}
            if last < n: body['next'] = f'/api/v1/changes?after={last}'
        data = json.dumps(body).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(data))); self.end_headers(); self.wfile.write(data)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Feed)
threading.Thread(target=server.serve_forever, daemon=True).start()
subprocess.run(['/usr/bin/time', '-o', f'{work}/t.million', '-f', '%e %U %S %M', opendata, 'sync', '--to', f'{work}/million', '--server', f'http://127.0.0.1:{server.server_port}'], check=True)
PY
  timed "$WORK/t.million.verify" "$opendata" verify --quick "$WORK/million" >/dev/null 2>"$WORK/verify.million" || true
  rm -rf "$WORK/million"
}

report() {
  # What a day's record says by hand stays: another run of the day is appended.
  local out=$here/results/mirror-$(date -u +%Y-%m-%d).md
  local level='#'; [ ! -s "$out" ] || level=$'\n##'
  python3 - "$WORK" "$SMALL" "$LARGE" "$MILLION" >"$WORK/report.md" <<PY
import glob, json, os, sys
work, nsmall, nlarge, million = sys.argv[1], *map(int, sys.argv[2:])
def t(name):
    wall, user, system, kb = open(f'{work}/t.{name}').read().split('\n')[-2].split()
    return float(wall), float(user) + float(system), int(kb) / 1000
def best(name): return sorted(t(f'{name}.{i}') for i in (1, 2, 3))[1]
def size(folder): return sum(os.path.getsize(f) for f in glob.glob(f'{work}/{folder}/*/*/*/*'))
print('A mirror on 100 Mb/s, $(date -u +%Y-%m-%dT%H:%MZ)\n')
print('$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version), $(aria2c --version | head -1), $(sha256sum --version | head -1), commit $(git -C "$root" rev-parse --short HEAD); load average at the end $(cut -d' ' -f1 /proc/loadavg).')
print('Client and gateway share the machine. Client: published for linux-x64, compiled together with the framework (ReadyToRun, composite), 8 connections.\n')
print('| what | bytes | wall, s | part of 100 Mb/s | CPU of the client, s | part of a core | CPU-s/GB | peak memory, MB |\n|---|---|---|---|---|---|---|---|')
for name, folder, what in (('large', 'm-large', f'{nlarge} archives of 250 MB'), ('small', 'm-small', f'{nsmall:,} releases, each an archive of 100 kB and 5 small files'), ('get', 'm-get', "one archive of 250 MB, opendata get"), ('aria2', 'm-aria2', 'the same, aria2c -x8 with piece hashes')):
    wall, cpu, mb = t(name)
    b = sum(os.path.getsize(f) for f in glob.glob(f'{work}/{folder}/*')) if name == 'aria2' else size(folder)
    print(f'| {what} | {b:,} | {wall:.1f} | {b / wall / 12.5e6:.3f} | {cpu:.2f} | {cpu / wall:.1%} | {cpu / b * 1e9:.2f} | {mb:.0f} |')
print('\n| verify, warm cache, median of 3 | wall, s | CPU, s | peak memory, MB | of the time of sha256sum -c |\n|---|---|---|---|---|')
for kind in ('large', 'small'):
    v, s = best(f'verify.{kind}'), best(f'sums.{kind}')
    print(f'| {kind}: opendata verify | {v[0]:.2f} | {v[1]:.2f} | {v[2]:.0f} | {v[0] / s[0]:.2f} |')
    print(f'| {kind}: sha256sum -c | {s[0]:.2f} | {s[1]:.2f} | {s[2]:.0f} | 1 |')
q = t('quick')
print(f'| small: opendata verify --quick | {q[0]:.2f} | {q[1]:.2f} | {q[2]:.0f} | |')
start = sorted(t(f'version.{i}')[0] for i in range(1, 6))
print(f'\nopendata --version: {start[2]:.2f} s (median of 5, {start[0]:.2f} to {start[-1]:.2f}).')
if os.path.exists(f'{work}/t.million'):
    m, v = t('million'), t('million.verify')
    said = open(f'{work}/verify.million').read().split('\n')[-2]
    print(f'\nA mirror of {million:,} files: its whole feed of {million // 6:,} releases walked in {m[0]:.1f} s with {m[2]:.0f} MB of memory at most; verify --quick looks at every release in {v[0]:.1f} s with {v[2]:.0f} MB ({said}).')
print('\n| bar | reached | |\n|---|---|---|')
def bar(what, reached, met): print(f'| {what} | {reached} | {"met" if met else "MISSED"} |')
for name, folder, what in (('large', 'm-large', 'large archives'), ('small', 'm-small', 'small releases')):
    wall, cpu, mb = t(name)
    part = size(folder) / wall / 12.5e6
    bar(f'{what}: part of the rate, at least 0.97', f'{part:.3f}', part >= 0.97)
    bar(f'{what}: client below 10 % of a core', f'{cpu / wall:.1%}', cpu / wall < 0.1)
    bar(f'{what}: memory below 100 MB', f'{mb:.0f} MB', mb < 100)
ratio = t('get')[1] / t('aria2')[1]
bar('processor time for each GB, against aria2c with piece hashes, at most 1.0', f'{ratio:.2f}', ratio <= 1)
for kind in ('large', 'small'):
    ratio = best(f'verify.{kind}')[0] / best(f'sums.{kind}')[0]
    bar(f'{kind}: verify against sha256sum -c, at most 0.6', f'{ratio:.2f}', ratio <= 0.6)
bar('start in less than 0.2 s', f'{start[2]:.2f} s', start[2] < 0.2)
if os.path.exists(f'{work}/t.million'):
    bar(f'{million:,} files: memory below 100 MB, walk and verify --quick', f'{m[2]:.0f} and {v[2]:.0f} MB', max(m[2], v[2]) < 100)
PY
  { printf '%s ' "$level"; cat "$WORK/report.md"; } >>"$out"
  cat "$WORK/report.md"
}

case "${1:-}" in
  --prepare) prepare ;;
  --measure) unshare -n bash "$0" --in-namespace; verification; report ;;
  --million) million; report ;;
  --in-namespace) run_in_namespace ;;
  *) prepare; unshare -n bash "$0" --in-namespace; verification; million; report; rm -rf "$WORK" ;;
esac
