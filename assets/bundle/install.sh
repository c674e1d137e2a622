#!/bin/sh
# Loads the SELinux policy module @NAME@ @VERSION@ into this machine's policy. Read it before you run it:
#
#   sh install.sh            checks, shows what will be done, asks, loads
#   sh install.sh --check    checks and shows; changes nothing
#   sh install.sh --yes      does not ask
#   sh install.sh --remove   takes the module back
#
# It needs root and semodule, nothing else. It starts no other program that changes anything but semodule, and writes no
# file but before/@NAME@.* beside itself, where it keeps a module of the same name that is there already.
# SEMODULE_ARGS holds further options for semodule, such as '-p /mnt -s targeted -n' for a policy store below /mnt.

set -eu

NAME='@NAME@'
VERSION='@VERSION@'
SHA256='@SHA256@'
PRIORITY=400

PATH="$PATH:/usr/sbin:/sbin"
export PATH
LC_ALL=C
export LC_ALL
here=$(cd -- "$(dirname -- "$0")" && pwd)
package="$here/$NAME.pp"

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

run_semodule() {
    # SEMODULE_ARGS is a list of words.
    # shellcheck disable=SC2086
    semodule ${SEMODULE_ARGS-} "$@"
}

# What the module lets its domains do that the policy may not have let them do before.
opens() {
    cat <<'END_OF_LIST'
@OPENS@
END_OF_LIST
}

check_tools() {
    command -v semodule >/dev/null 2>&1 || fail "semodule is not here: install policycoreutils"
    if [ "$(id -u)" != 0 ] && [ -z "${SEMODULE_ARGS-}" ]; then
        fail "only root may change the policy: run it as root, for instance with sudo sh install.sh"
    fi
    if [ ! -e /sys/fs/selinux/enforce ] && [ -z "${SEMODULE_ARGS-}" ]; then
        say "SELinux is off here: the module is put into the store and counts once SELinux is on."
    fi
}

check_package() {
    [ -f "$package" ] || fail "$package is not here: keep the files of the bundle together"
    if command -v sha256sum >/dev/null 2>&1; then
        sum=$(sha256sum <"$package")
        [ "${sum%% *}" = "$SHA256" ] || fail "$package is not the file that this script was written for: get the bundle again"
        say "$NAME.pp is the file that was exported (sha256 $SHA256)."
    else
        say "sha256sum is not here: whether $NAME.pp is the file that was exported is not checked."
    fi
}

# The priorities at which a module of this name is there, one a line.
priorities() {
    run_semodule -lfull | while read -r priority name rest; do
        if [ "$name" = "$NAME" ]; then
            say "$priority${rest:+ }$rest"
        fi
    done
}

check_others() {
    there=$(priorities) || fail "the installed modules can't be listed"
    is_there=no
    [ -n "$there" ] || return 0
    while read -r priority rest; do
        if [ "$priority" = "$PRIORITY" ]; then
            is_there=yes
            say "A module $NAME is there already at priority $priority ($rest): it will be replaced, and kept in before/."
        elif [ "$priority" -lt "$PRIORITY" ]; then
            say "A module $NAME is there at priority $priority, where the distribution's own are: this one would hide it."
            [ "${SHADOW-}" = yes ] || fail "nothing was done; with SHADOW=yes in its environment this script goes on"
        else
            fail "a module $NAME at priority $priority hides this one: remove it first, with semodule -X $priority -r $NAME"
        fi
    done <<END_OF_LIST
$there
END_OF_LIST
}

# The folder of the installed module in the store; nothing where it can't be told.
stored() {
    root=''
    type=''
    expect=''
    # shellcheck disable=SC2086
    for word in ${SEMODULE_ARGS-}; do
        case "$expect" in
            root) root=$word ;;
            type) type=$word ;;
        esac
        expect=''
        case "$word" in
            -p) expect='root' ;;
            -s) expect='type' ;;
        esac
    done
    if [ -z "$type" ]; then
        while IFS='=' read -r key value; do
            [ "$key" != SELINUXTYPE ] || type=$value
        done <"$root/etc/selinux/config"
    fi
    for store in "$root/var/lib/selinux/$type" "$root/etc/selinux/$type"; do
        if [ -d "$store/active/modules/$PRIORITY/$NAME" ]; then
            say "$store/active/modules/$PRIORITY/$NAME"
            return 0
        fi
    done
}

keep_predecessor() {
    [ "$is_there" = yes ] || return 0
    if [ -d "$here/before" ]; then
        say "before/ holds already what was there first."
        return 0
    fi
    folder=$(stored)
    [ -n "$folder" ] || fail "the store of the installed module was not found: take a copy of it first"
    read -r language <"$folder/lang_ext" || [ -n "$language" ]
    mkdir "$here/before"
    if [ -f "$folder/hll" ]; then
        cp "$folder/hll" "$here/before/$NAME.$language"
    else
        cp "$folder/cil" "$here/before/$NAME.cil"
    fi
    say "The installed module is kept in $here/before."
}

ask() {
    [ "$assume_yes" = no ] || return 0
    printf '%s [y/N] ' "$1"
    answer=''
    read -r answer || say ''
    case "$answer" in
        y | Y | yes) ;;
        *)
            say "Nothing was done."
            exit 1
            ;;
    esac
}

show() {
    say ""
    say "The module $NAME $VERSION opens:"
    opens
    say ""
    say "To be run:  semodule${SEMODULE_ARGS:+ }${SEMODULE_ARGS-} -X $PRIORITY -i $package"
    say "That takes up to a minute and loads the policy anew. What it opens stands in README.md too."
}

load() {
    check_tools
    check_package
    check_others
    show
    [ "$only_check" = no ] || return 0
    ask "Load it?"
    keep_predecessor
    run_semodule -X "$PRIORITY" -i "$package" || fail "semodule refused it. If it could not open the file: on an enforcing \
machine it reads from /root and /tmp, not from every folder; copy this folder there and start again."
    is_there=''
    is_there=$(priorities) || true
    [ -n "$is_there" ] || fail "semodule was content, but lists no $NAME"
    say "Loaded. To take it back:  sh $here/install.sh --remove"
}

remove() {
    check_tools
    is_there=$(priorities) || fail "the installed modules can't be listed"
    [ -n "$is_there" ] || fail "no module $NAME is installed: there is nothing to take back"
    for kept in "$here/before/$NAME".*; do
        if [ -f "$kept" ]; then
            say "To be run:  semodule${SEMODULE_ARGS:+ }${SEMODULE_ARGS-} -X $PRIORITY -i $kept"
            say "That puts back what was there before."
            ask "Go on?"
            run_semodule -X "$PRIORITY" -i "$kept" || fail "semodule refused it"
            say "What was there before is there again."
            return 0
        fi
    done
    say "To be run:  semodule${SEMODULE_ARGS:+ }${SEMODULE_ARGS-} -X $PRIORITY -r $NAME"
    ask "Go on?"
    run_semodule -X "$PRIORITY" -r "$NAME" || fail "semodule refused it"
    say "$NAME is gone."
}

act=load
assume_yes=no
only_check=no
for argument in "$@"; do
    case "$argument" in
        --check) only_check=yes ;;
        --yes) assume_yes=yes ;;
        --remove) act=remove ;;
        *) fail "what is $argument? Known are --check, --yes and --remove" ;;
    esac
done
"$act"
