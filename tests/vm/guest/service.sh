# A service of our own in a domain of its own, with a policy that lacks two things. Sourced, not run.
# shellcheck shell=bash
#
# ledger.service prints /var/log/ledger.log, then /var/lib/ledger/key. Its policy does not let it read logs (logged), nor its
# own key (hidden by a dontaudit rule: auditd sees nothing of it before `semodule -DB`).

service_install() {
    mkdir -p /root/ledger && cd /root/ledger || return
    cat >ledger.te <<'TE'
policy_module(ledger, 1.0)

gen_require(`
	type var_log_t;
')

type ledger_t;
type ledger_exec_t;
init_daemon_domain(ledger_t, ledger_exec_t)

type ledger_key_t;
files_type(ledger_key_t)

files_search_var_lib(ledger_t)
logging_search_logs(ledger_t)
miscfiles_read_localization(ledger_t)

# What is missing: read and getattr of the log, read of the key. Each round takes minutes on a busy machine.
allow ledger_t var_log_t:file open;
allow ledger_t ledger_key_t:file { getattr open };
dontaudit ledger_t ledger_key_t:file read;
TE
    cat >ledger.fc <<'FC'
/usr/local/bin/ledger	--	gen_context(system_u:object_r:ledger_exec_t,s0)
/var/lib/ledger/key	--	gen_context(system_u:object_r:ledger_key_t,s0)
FC
    make -s -f /usr/share/selinux/devel/Makefile ledger.pp || return
    semodule -i ledger.pp || return

    cp /bin/cat /usr/local/bin/ledger
    mkdir -p /var/lib/ledger
    echo "the key" >/var/lib/ledger/key
    echo "a line of the log" >/var/log/ledger.log
    restorecon -F /usr/local/bin/ledger /var/lib/ledger /var/lib/ledger/key /var/log/ledger.log
    cat >/etc/systemd/system/ledger.service <<'UNIT'
[Unit]
Description=Prints its log and its key
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/usr/local/bin/ledger /var/log/ledger.log
ExecStart=/usr/local/bin/ledger /var/lib/ledger/key
UNIT
    systemctl daemon-reload
    cd - >/dev/null || return
}

# Starts it; fails where it fails.
service_runs() { systemctl start ledger.service 2>/dev/null; }
service_fails() { ! service_runs; }

# What it printed last: `log`, `log key`, or nothing.
service_printed() {
    local since=$1
    journalctl -q -o cat --since "@$since" -u ledger.service | sed -n 's/^a line of the log$/log/p; s/^the key$/key/p' | xargs
}

# Service's messages in auditd's own log, as ausearch finds them.
service_messages() { ausearch --input-logs -m avc -se ledger_t --raw 2>/dev/null | grep -ac '^type=AVC'; }

# What the policy is, in one word each: modules, the dontaudit flag, the policy on the disk, the policy in the kernel.
policy_state() {
    semodule --checksum -lfull | sha256sum | cut -c1-16
    if [ -e /var/lib/selinux/default/active/disable_dontaudit ]; then echo dontaudit-off; else echo dontaudit-on; fi
    cat /etc/selinux/default/policy/policy.* | sha256sum | cut -c1-16
    sha256sum </sys/fs/selinux/policy | cut -c1-16
}
