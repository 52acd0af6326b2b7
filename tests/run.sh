#!/usr/bin/env bash
# Runs every test, on a machine that has the .NET SDK and, if packages are missing, root:
#
#   tests/run.sh             all tests
#   tests/run.sh FILTER…     those with FILTER in their name, or that match an expression of dotnet test --filter
#
# It installs what is missing, builds, starts PostgreSQL, Ceph and what else the tests talk to, and ends
# all of it again. Details are in TestResults/. The last line is the count: "N passed, N failed", with
# ", N skipped" if any are. Exit codes: 0 all passed, 1 not so, 3 packages are missing and need root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=1 skipped=0 # until the tests have told otherwise
work=                       # the folder of this run, while there is any
servers=                    # the folder of the servers, likewise
child=                      # the session of what runs now, see below

step() { printf '[%3ds] %s\n' "$SECONDS" "$*"; }

# Runs a command in a session of its own and waits in a way that a signal interrupts, so that a signal to
# this script can end the command with all it started. Nothing of it stays behind on the ordinary way out either.
attended() {
    local status=0
    setsid "$@" </dev/null &
    child=$!
    wait "$child" || status=$?
    kill -KILL -- "-$child" 2>/dev/null || true
    child=
    return $status
}

end_child() {
    [ -n "$child" ] || return 0
    kill -TERM -- "-$child" 2>/dev/null || true
    for _ in {1..50}; do
        kill -0 -- "-$child" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$child" 2>/dev/null || true
}

# The server's own words help with a failed test, and go with the folder otherwise.
keep_logs() {
    local server
    for server in postgres ceph; do
        [ -d "$servers/$server/log" ] || continue
        mkdir -p "TestResults/servers/$server"
        cp -r "$servers/$server/log/." "TestResults/servers/$server" || true
    done
}

finish() {
    local status=$?
    trap '' HUP INT TERM
    end_child
    if [ -n "$servers" ]; then
        bash tests/servers.sh stop "$servers" || status=1
        [ $status -eq 0 ] || keep_logs
    fi
    rm -rf ${work:+"$work"} ${servers:+"$servers"}
    step "done"
    local count="$passed passed, $failed failed"
    [ "$skipped" -eq 0 ] || count+=", $skipped skipped"
    echo "$count"
    trap - EXIT
    exit $status
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Names become parts of full names; expressions are taken as they are; several are alternatives.
filter=
for word in "$@"; do
    [[ $word == *[=~]* ]] || word="FullyQualifiedName~$word"
    filter+="${filter:+|}($word)"
done

step "packages"
attended bash tests/servers/packages.sh
if ! command -v dotnet >/dev/null; then
    echo "The .NET SDK named in global.json is missing: there is no dotnet in PATH." >&2
    exit 3
fi

work=$(mktemp -d /tmp/opendata-tests.XXXXXX)

# dotnet, NuGet and Chromium write to the home folder.
if [ -z "${HOME-}" ] || [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then
    export HOME="$work/home"
    mkdir -m 700 "$HOME"
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDTERMINALLOGGER=off
# No build server may outlive the run.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false

step "restore"
attended dotnet restore OpenData.sln -v quiet
step "build"
attended dotnet build OpenData.sln -c Release --no-restore -warnaserror -v quiet -clp:NoSummary

step "servers"
# In memory where there is plenty: these servers are never killed and promise nothing about a disk, so a disk would only make the tests wait. Tests of crashes, kills and
# full disks start servers of their own in /tmp. A short path that other users can enter: PostgreSQL may have to run as one, and Ceph's sockets allow 107 bytes.
megabytes() { awk '{ kilobytes = $1 } END { print int(kilobytes / 1024) }'; }
place=/tmp
if [ "$(df --output=avail /dev/shm 2>/dev/null | tail -n 1 | megabytes)" -ge 4096 ] && [ "$(sed -n 's/^MemAvailable: *//p' /proc/meminfo | megabytes)" -ge 8192 ]; then
    place=/dev/shm
fi
servers=$(mktemp -d "$place/opendata-servers.XXXXXX")
chmod 711 "$servers"
bash tests/servers.sh start "$servers"
settings=$(bash tests/servers.sh env "$servers")
eval "$settings"

step "tests"
rm -rf TestResults
options=(-c Release --no-build --results-directory TestResults
    --logger "console;verbosity=minimal" --logger "trx;LogFileName=tests.trx"
    --blame-hang-timeout 15m --blame-hang-dump-type none)
[ -z "$filter" ] || options+=(--filter "$filter")
run=0
# With one class of tests for each processor these are idle half of the time: most tests wait for processes, browsers and clocks. With two for each the run is a minute shorter and so busy that tests
# with real clocks suffer.
attended dotnet test tests/OpenData.Tests "${options[@]}" -- "xUnit.MaxParallelThreads=$(($(nproc) * 3 / 2))" || run=$?

# The one element that counts. Skipped tests are those it knows and did not execute.
# shellcheck disable=SC2016 # $0 is awk's
counters='
    function value(name) {
        return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0
    }
    /^ *<Counters / {
        total = value("total"); executed = value("executed"); passed = value("passed")
        failed = value("failed") + value("error") + value("timeout") + value("aborted")
    }
    END { print passed + 0, failed + 0, total - executed }'
if [ -f TestResults/tests.trx ]; then
    read -r passed failed skipped < <(awk "$counters" TestResults/tests.trx)
fi

if [ "$run" -ne 0 ] && [ "$failed" -eq 0 ]; then
    echo "dotnet test ended with $run although no test failed: see above." >&2
    failed=1
elif [ $((passed + failed)) -eq 0 ]; then
    echo "No test ran." >&2
    exit 1
fi
[ "$failed" -eq 0 ]
