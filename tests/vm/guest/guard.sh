# Ends the program at a step of taking dontaudit rules out, and judges what is left. Sourced, not run.
# shellcheck shell=bash
#
# The steps:  running  semodule -DB has begun its transaction
#             flag     its transaction is committed, the kernel may have the old policy yet
#             out      it has ended
#             back     semodule -B runs
#
# The judges are the flag in the store, the checksums of its modules, and the policy on the disk and in the kernel, byte for byte.

STORE=/var/lib/selinux/default
COUNTED=/root/counted

semodule_runs() { pgrep -x semodule >/dev/null; }
# The threads of both that have not ended. One that has ended and that nobody has waited for (its parent is tmux) does nothing.
at_work() {
    local pid
    for pid in $(pgrep -x 'semodule|seltui'); do
        awk -F'\t' '/^Name:/ { name = $2 } /^State:/ && $2 !~ /^[ZX]/ { print name, $2 }' "/proc/$pid/task"/*/status 2>/dev/null
    done
}
none_runs() { [ -z "$(at_work)" ]; }

policy_now() {
    semodule --checksum -lfull | sha256sum
    ls "$STORE/active/disable_dontaudit" 2>&1
    cat /etc/selinux/default/policy/policy.* | sha256sum
    sha256sum </sys/fs/selinux/policy
}

guard_begin() {
    policy_now >/root/before
    : >$COUNTED
}

# Takes them out in tmux and waits for the step.
go_to() {
    start_in_tmux seltui dontaudit off --yes --for 2h
    case $1 in
        running) wait_until 300 test -d "$STORE/tmp" ;;
        flag) wait_until 300 test -e "$STORE/active/disable_dontaudit" ;;
        out) wait_until 600 shows 'they are put back in' ;;
        back)
            wait_until 600 shows 'they are put back in' || return
            kill -TERM "$(pgrep -x seltui)"
            wait_until 300 pgrep -fx '[^ ]*semodule -B'
            ;;
    esac
}

end_by() {
    case $1 in
        TERM | HUP | INT) kill "-$1" "$(pgrep -x seltui)" ;;
        kill-9) pkill -KILL -x seltui ;;
        terminal) in_tmux kill-server ;;
        terminal-9) kill -KILL "$(in_tmux display-message -p '#{pid}')" ;;
        semodule-9) pkill -KILL -x semodule ;;
        both-9) pkill -KILL -x 'semodule|seltui' ;;
    esac
}

# What it came to: nobody is at work any more, and then they are in, or the next start says that they are not and puts them back.
judge() {
    local how=$1 said
    wait_until 900 none_runs || not_ok "$how: something runs yet: $(at_work | xargs)"
    note "not waited for: $(pgrep -x -r Z 'semodule|seltui' | xargs)"
    in_tmux list-sessions >/dev/null 2>&1 && look "$how"
    said=$(seltui status 2>&1)
    if [[ $said == *'seltui dontaudit on'* ]]; then
        note "$how: the next start says: $(grep 'dontaudit on' <<<"$said")"
        check "$how: the next start offers to put them back, and does" seltui dontaudit on --yes
    else
        check "$how: they are in force again" grep -q 'the dontaudit rules are in force$' <<<"$said"
    fi
    is "$how: flag, store, policy and kernel as before" "$(policy_now | sha256sum | cut -c1-16)" \
        "$(sha256sum </root/before | cut -c1-16)"
    check "$how: no mark is left" test -z "$(find /root/.local/state/seltui/dontaudit -name '*.mark')"
    echo "$how" >>$COUNTED
}

end_at() {
    local step=$1 end=$2
    if go_to "$step"; then
        end_by "$end"
        judge "$step, $end"
    else
        not_ok "$step, $end: the step did not come"
        note "$(screen)"
        pkill -TERM -x seltui
        wait_until 900 none_runs
    fi
}
