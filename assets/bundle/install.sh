#!/bin/sh
# Loads the SELinux policy module @NAME@ @VERSION@ into this machine's policy. Read it before you run it:
#
#   sh install.sh            checks, shows what will be done, asks, loads
#   sh install.sh --check    checks and shows; changes nothing
#   sh install.sh --yes      does not ask
#   sh install.sh --shadow   goes on though the distribution has a module of this name, which loses its effect
#   sh install.sh --remove   takes the module back; what it replaced is put in its place again
#
# It needs root and semodule, nothing else. It starts no other program that changes anything but semodule, and writes
# nothing but the folder before/ beside itself: a copy of a module of the same name that it replaces, and a checksum of
# what it loaded, by which it knows that again. --remove takes the folder away.
# SEMODULE_ARGS holds further options for semodule, such as '-p /mnt -s targeted -n' for a policy store below /mnt.

set -eu
unset CDPATH

NAME='@NAME@'
VERSION='@VERSION@'
SHA256='@SHA256@'
PRIORITY=400

PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
export PATH
LC_ALL=C
export LC_ALL
here=$(cd -- "$(dirname -- "$0")" && pwd)
package="$here/$NAME.pp"
before="$here/before"

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

# A word as a shell takes it.
quoted() {
    rest=$1
    text=''
    while [ "$rest" != "${rest#*\'}" ]; do
        text="$text${rest%%\'*}'\\''"
        rest=${rest#*\'}
    done
    printf "'%s'" "$text$rest"
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

# The modules of this name: priority, language, and perhaps the word disabled, one a line.
find_modules() {
    list=$(run_semodule -lfull) || fail "the installed modules can't be listed: nothing was done"
    modules=$(
        while read -r priority name rest; do
            if [ "$name" = "$NAME" ]; then
                say "$priority${rest:+ }$rest"
            fi
        done <<END_OF_LIST
$list
END_OF_LIST
    )
}

# Whether one of them has the priority of this one.
is_there() {
    case "
$modules" in
        *"
$PRIORITY "* | *"
$PRIORITY") return 0 ;;
    esac
    return 1
}

check_others() {
    find_modules
    [ -n "$modules" ] || return 0
    while read -r priority rest; do
        case "$rest" in
            *disabled*) say "The module $NAME is disabled here: it has no effect until semodule -e $NAME enables it." ;;
        esac
        if [ "$priority" = "$PRIORITY" ]; then
            say "A module $NAME is there already at priority $priority ($rest): it will be replaced, and kept in before/."
        elif [ "$priority" -lt "$PRIORITY" ]; then
            say "A module $NAME is there at priority $priority, where the distribution's own are: this one would hide it."
            [ "$shadow" = yes ] || fail "nothing was done; with --shadow this script goes on"
        else
            fail "a module $NAME at priority $priority hides this one: remove it first, with semodule -X $priority -r $NAME"
        fi
    done <<END_OF_LIST
$modules
END_OF_LIST
}

# Reads KEY=VALUE out of a file, with blanks around the sign or without; the last one counts.
value_of() {
    value=''
    [ -r "$2" ] || return 0
    while IFS=' =' read -r key rest || [ -n "$key" ]; do
        [ "$key" != "$1" ] || value=$rest
    done <"$2"
}

# The folder of the installed module in the store; nothing where it can't be told.
find_stored() {
    stored=''
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
            -p | --path) expect='root' ;;
            -s | --store) expect='type' ;;
            --path=*) root=${word#*=} ;;
            --store=*) type=${word#*=} ;;
            -p*) root=${word#-p} ;;
            -s*) type=${word#-s} ;;
        esac
    done
    if [ -z "$type" ]; then
        value_of SELINUXTYPE "$root/etc/selinux/config"
        type=$value
    fi
    value_of store-root "$root/etc/selinux/semanage.conf"
    for store in "$root${value:-/var/lib/selinux}/$type" "$root/var/lib/selinux/$type" "$root/etc/selinux/$type"; do
        if [ -d "$store/active/modules/$PRIORITY/$NAME" ]; then
            stored="$store/active/modules/$PRIORITY/$NAME"
            return 0
        fi
    done
}

# A checksum of the module that the store has now, which changes with it; nothing where it can't be told.
look_at_stored() {
    sum=''
    file=''
    find_stored
    for name in hll cil; do
        if [ -n "$stored" ] && [ -z "$file" ] && [ -f "$stored/$name" ]; then
            file="$stored/$name"
            sum=$(cksum <"$file")
        fi
    done
}

# The copy of what was there before; nothing where there is none.
find_kept() {
    kept=''
    for one in "$before/$NAME".*; do
        [ ! -f "$one" ] || kept=$one
    done
}

loaded_before() {
    loaded=''
    [ ! -f "$before/loaded" ] || read -r loaded <"$before/loaded" || true
}

keep_predecessor() {
    is_there || return 0
    look_at_stored
    loaded_before
    find_kept
    if [ -d "$before" ]; then
        if [ -n "$sum" ] && [ "$sum" = "$loaded" ]; then
            say "What is there is what this script loaded."
            return 0
        fi
        if [ -n "$kept" ] && [ "$sum" = "$(cksum <"$kept")" ]; then
            return 0
        fi
        fail "$before holds something from an earlier time, and what is installed now is another module: move that folder away \
and start again"
    fi
    [ -n "$file" ] || fail "the installed module was not found in the store, so no copy of it can be kept: take one first"
    language=cil
    if [ "$file" = "$stored/hll" ]; then
        read -r language <"$stored/lang_ext" || [ -n "$language" ]
    fi
    mkdir "$before" || fail "the copy of the installed module can't be kept: copy this folder to where you may write"
    if ! cp "$file" "$before/$NAME.$language"; then
        forget
        fail "the copy of the installed module can't be kept: nothing was done"
    fi
    is_new=yes
    say "The installed module is kept in $before."
}

# By this it is known again: a second run must not take it for somebody else's.
note_loaded() {
    look_at_stored
    [ -n "$sum" ] || return 0
    if ! { [ -d "$before" ] || mkdir "$before"; } 2>/dev/null || ! printf '%s\n' "$sum" 2>/dev/null >"$before/loaded"; then
        say "(What was loaded could not be noted in $before.)"
    fi
}

forget() {
    rm -f "$before/loaded" "$before/$NAME".* || true
    rmdir "$before" 2>/dev/null || true
}

ask() {
    [ "$assume_yes" = no ] || return 0
    printf '%s [y/N] ' "$1"
    answer=''
    read -r answer || say ''
    case "$answer" in
        y | Y | yes | Yes | YES) ;;
        '') fail "nobody said yes: nothing was done (--yes says it)" ;;
        *) fail "nothing was done" ;;
    esac
}

show() {
    say ""
    say "The module $NAME $VERSION opens:"
    opens
    say ""
    say "To be run:  semodule${SEMODULE_ARGS:+ }${SEMODULE_ARGS-} -X $PRIORITY -i $(quoted "$package")"
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
    if ! run_semodule -X "$PRIORITY" -i "$package"; then
        [ "$is_new" = no ] || forget
        fail "semodule refused it. If it could not open the file: on an enforcing machine it reads from /root and /tmp, not from \
every folder; copy this folder there and start again."
    fi
    find_modules
    is_there || fail "semodule was content, but lists no $NAME at priority $PRIORITY"
    note_loaded
    say "Loaded. To take it back:  sh $(quoted "$here/install.sh") --remove"
}

remove() {
    check_tools
    find_modules
    is_there || fail "no module $NAME is installed at priority $PRIORITY: there is nothing to take back"
    look_at_stored
    loaded_before
    find_kept
    if [ -z "$loaded" ]; then
        say "Whether the installed module $NAME is the one that this script loaded is not known: before/loaded is not here."
    elif [ -n "$sum" ] && [ "$sum" != "$loaded" ]; then
        fail "the installed module $NAME is not the one that this script loaded: look at it first. By hand it goes with \
semodule -X $PRIORITY -r $NAME"
    fi
    if [ -n "$kept" ]; then
        say "To be run:  semodule${SEMODULE_ARGS:+ }${SEMODULE_ARGS-} -X $PRIORITY -i $(quoted "$kept")"
        say "That puts back what was there before."
        [ "$only_check" = no ] || return 0
        ask "Go on?"
        run_semodule -X "$PRIORITY" -i "$kept" || fail "semodule refused it: nothing was done"
        find_modules
        is_there || fail "semodule was content, but lists no $NAME at priority $PRIORITY"
        forget
        say "What was there before is there again."
        return 0
    fi
    say "To be run:  semodule${SEMODULE_ARGS:+ }${SEMODULE_ARGS-} -X $PRIORITY -r $NAME"
    [ "$only_check" = no ] || return 0
    ask "Go on?"
    run_semodule -X "$PRIORITY" -r "$NAME" || fail "semodule refused it: nothing was done"
    find_modules
    if is_there; then
        fail "semodule was content, but still lists $NAME at priority $PRIORITY"
    fi
    forget
    say "$NAME is gone."
}

act=load
assume_yes=no
only_check=no
shadow=no
is_new=no
for argument in "$@"; do
    case "$argument" in
        --check) only_check=yes ;;
        --yes) assume_yes=yes ;;
        --shadow) shadow=yes ;;
        --remove) act=remove ;;
        *) fail "what is $argument? Known are --check, --yes, --shadow and --remove" ;;
    esac
done
"$act"
