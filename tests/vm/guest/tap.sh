# What the scenarios share: results in TAP (numbered by the host), waiting, and the program in tmux. Sourced, not run.
# shellcheck shell=bash

export LC_ALL=C.UTF-8
RESULTS=/root/results
FAILED=0
exec 3>&1 # for remarks from inside a check

ok() { echo "ok - $*"; }
not_ok() {
    FAILED=$((FAILED + 1))
    echo "not ok - $*"
}
note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# check TEXT COMMAND...: what the command said is shown when it failed.
check() {
    local text=$1 said
    shift
    if said=$("$@" 2>&1); then ok "$text"; else
        not_ok "$text"
        note "$said" | tail -n 25
    fi
}

# is TEXT GOT WANTED
is() {
    if [ "$2" = "$3" ]; then ok "$1 ($2)"; else not_ok "$1: '$2', wanted '$3'"; fi
}

# wait_until SECONDS COMMAND...: polls; no scenario sleeps for a guessed time.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# timed TEXT COMMAND...: its seconds as a remark. Through a pipe: semodule is confined and may not write to a file of /tmp.
timed() {
    local text=$1 begun said status
    shift
    begun=$(date +%s%N)
    said=$("$@" 2>&1)
    status=$?
    note "$text: $((($(date +%s%N) - begun) / 1000000)) ms" >&3
    printf '%s\n' "$said"
    return $status
}

# The host ends qemu at this moment and boots the same disk again, with BOOT one more.
cut_the_power() {
    echo "==vm cut the power=="
    sleep infinity
}

over() {
    in_tmux kill-server 2>/dev/null
    [ "$FAILED" -eq 0 ]
    exit
}

# --- The program in tmux -------------------------------------------------------------------------------------------------

SIZE=80x24
PICTURE=0

# Its server must not keep the scenario's output open, or the host waits for it.
in_tmux() { tmux -L seltui -f /dev/null "$@" 3>&-; }

# start_in_tmux COMMAND...: in a terminal of SIZE; what it leaves when it ends stays on the screen.
start_in_tmux() {
    in_tmux kill-server 2>/dev/null
    in_tmux new-session -d -s main -x "${SIZE%x*}" -y "${SIZE#*x}" -c "${WHERE:-/root}" "$(printf '%q ' "$@")" \; \
        set -g remain-on-exit on \; set -g status off
}

screen() { in_tmux capture-pane -p -t main; }

# Keeps the screen as results/screens/NAME-NN-TEXT.txt, for people.
look() {
    mkdir -p "$RESULTS/screens"
    PICTURE=$((PICTURE + 1))
    screen >"$RESULTS/screens/$(printf '%s-%02d-%s' "${NAME:-screen}" $PICTURE "${1//[^A-Za-z0-9]/-}").txt"
}

keys() { in_tmux send-keys -t main "$@"; }
letters() { in_tmux send-keys -t main -l -- "$1"; }

shows() { screen | grep -qE -- "$1"; }

# see TEXT PATTERN [SECONDS]: the screen shows it sooner or later; the screen is kept, and printed when it does not.
see() {
    if wait_until "${3:-20}" shows "$2"; then
        ok "$1"
        look "$1"
    else
        not_ok "$1: no '$2' on the screen"
        look "missing $1"
        note "$(screen)"
        return 1
    fi
}
