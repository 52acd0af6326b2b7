#!/usr/bin/env bash
# Installs the Debian packages the tests need, and only those that are missing.
# Without root it names them, with the command that installs them, and exits 3.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

# What to look for, and the package that brings it: a command, or a path (which may hold wildcards).
needs="
/usr/lib/postgresql/*/bin/initdb  postgresql
radosgw                           radosgw
ceph-mon                          ceph-mon
ceph-osd                          ceph-osd
ceph                              ceph-common
chromium                          chromium
/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk
npm                               npm
aria2c                            aria2
curl                              curl
wget                              wget
lftp                              lftp
rclone                            rclone
xmllint                           libxml2-utils
haproxy                           haproxy
nginx                             nginx-light
/usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream
zip                               zip
unzip                             unzip
7z                                p7zip-full
python3                           python3
/usr/lib/python3/dist-packages/aiosmtpd python3-aiosmtpd
/usr/lib/python3/dist-packages/authlib  python3-authlib
/usr/lib/python3/dist-packages/flask    python3-flask
openssl                           openssl
/usr/lib/*/libdeflate.so.0        libdeflate0
/usr/lib/*/libisal.so.2            libisal2
/usr/share/zoneinfo/Asia/Shanghai tzdata
/etc/ssl/certs/ca-certificates.crt ca-certificates
"

present() {
    case $1 in
        /*) compgen -G "$1" >/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing=()
while read -r sign package; do
    [ -z "$sign" ] || present "$sign" || missing+=("$package")
done <<<"$needs"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Missing packages: ${missing[*]}" >&2
    echo "Install them with: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 3
fi

work=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
our_policy=
cleanup() {
    [ -z "$our_policy" ] || rm -f "$policy"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A package that brings a service starts it on installation. The tests run their own servers, so the
# machine should not be left with a second PostgreSQL on its usual port. Should this script be killed
# before it removes the file, the file allows everything again.
if [ ! -e "$policy" ]; then
    our_policy=yes
    cat >"$policy" <<POLICY
#!/bin/sh
# Written by the OpenData tests while they install packages; harmless afterwards.
kill -0 $$ 2>/dev/null && exit 101
exit 0
POLICY
    chmod 755 "$policy"
fi

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confold "$@" </dev/null >>"$work/apt.log" 2>&1
}

# The package lists have a lock of their own, which the timeout above does not wait for.
echo "  reading the package lists"
for attempt in 1 2 3 4 5 6; do
    apt update && break
    [ "$attempt" -lt 6 ] || echo "  apt-get update fails; trying with the lists that are there"
    sleep 5
done

echo "  installing ${missing[*]}"
if ! apt install --no-install-recommends "${missing[@]}"; then
    tail -n 30 "$work/apt.log" >&2
    echo "apt-get could not install: ${missing[*]}" >&2
    exit 1
fi
