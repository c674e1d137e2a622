#!/bin/sh
# Measures `seltui policy search` beside sesearch in one run; the ratios are the result.
# Needs hyperfine, setools, a policy (default: Debian's) and a release build.
set -eu
cd "$(dirname "$0")/.."
policy=${1:-$(ls /etc/selinux/default/policy/policy.* | sort -V | tail -n 1)}
cargo build --release --quiet
seltui=target/release/seltui
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

ratio() { # NAME GOAL OURS THEIRS
    hyperfine -N -i --warmup 2 --runs "${RUNS:-10}" --export-json "$folder/$1.json" "$3" "$4" >/dev/null 2>&1
    python3 - "$1" "$2" "$folder/$1.json" <<'PYTHON'
import json, sys
name, goal, path = sys.argv[1:]
ours, theirs = (result["mean"] for result in json.load(open(path))["results"])
verdict = "reached" if theirs / ours >= float(goal) else "MISSED"
print(f"{name:22} {ours * 1000:8.1f} ms  setools {theirs * 1000:8.1f} ms  {theirs / ours:6.1f} times as fast (goal {goal}: {verdict})")
PYTHON
}

echo "policy: $policy ($(stat -c %s "$policy") bytes)"
ratio one-query 12 "$seltui policy search -A -s httpd_t -t httpd_config_t -c file -p read $policy" \
    "sesearch -A -s httpd_t -t httpd_config_t -c file -p read $policy"
ratio one-pattern 12 "$seltui policy search -A -s ^httpd -rs -c file -p write $policy" \
    "sesearch -A -s ^httpd -rs -c file -p write $policy"
kinds="-A --auditallow --dontaudit -T --type_change --type_member --role_allow --role_trans --range_trans"
ratio all-rules 10 "$seltui policy search $kinds $policy" "sesearch $kinds $policy"
ratio all-components 10 "$seltui policy info --all -x $policy" "seinfo --all -x $policy"

# Memory: the most that the process ever held, the file's own bytes and the program among it.
for words in "search -A -s httpd_t -t httpd_config_t" "search $kinds" "info --all -x"; do
    # shellcheck disable=SC2086
    kilobytes=$(/usr/bin/time -f %M "$seltui" policy $words "$policy" 2>&1 >/dev/null | tail -n 1)
    echo "memory at most: $kilobytes KiB of 32768 (policy $words)" | cut -c 1-100
done

# From opening the file to the first answer, without the start of a process.
cargo bench --quiet --bench policy_open -- "$policy"
