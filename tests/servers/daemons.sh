# shellcheck shell=bash
# For the scripts that run servers: free ports, and processes known by their pid file.
# A pid is only believed while its process still has the server's folder in its command line, so that
# a number which the system has given to another process meanwhile is left alone. A dead process that
# nobody has collected has no command line, and so counts as gone.

# free_ports COUNT: the first of COUNT adjacent loopback ports that nobody listens on. They lie below
# the range the kernel gives to outgoing connections and to those who ask for any port.
free_ports() {
    local count=$1 first port
    for _ in {1..100}; do
        first=$((10000 + (RANDOM * 32768 + RANDOM) % 20000))
        for ((port = first; port < first + count; port++)); do
            if (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue 2; fi
        done
        echo "$first"
        return 0
    done
    echo "no $count adjacent free ports found" >&2
    return 1
}

# alive FOLDER PIDFILE
alive() {
    local pid line=
    [ -s "$2" ] && read -r pid <"$2" || return 1
    for _ in {1..20}; do
        line=$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) || return 1
        [ -z "$line" ] || break
        # Empty: it ended and nobody has asked yet how; or it is just becoming another program, and has no arguments for that moment.
        case $({ sed 's/.*) //' "/proc/$pid/stat"; } 2>/dev/null) in "" | Z* | X*) return 1 ;; esac
        sleep 0.05
    done
    [[ $line == *"$1"* ]]
}

# kill_and_wait FOLDER PIDFILE: returns when the process is gone, at once if it was not there.
kill_and_wait() {
    alive "$@" || return 0
    kill -KILL "$(<"$2")" 2>/dev/null || true
    for _ in {1..100}; do
        alive "$@" || return 0
        sleep 0.1
    done
    echo "process $(<"$2") does not end" >&2
    return 1
}

# new_folder FOLDER: makes the folder of a new server and prints its full path. Refuses one with
# contents: a wrong argument must not cost anybody their data.
new_folder() {
    mkdir -p "$1"
    if [ -n "$(ls -A "$1")" ]; then
        echo "$1 is not empty" >&2
        return 1
    fi
    (cd "$1" && pwd)
}
