#!/bin/bash
# Runs a command of the project where nothing but a fresh minimal Debian 12 is: in a root of its own, made by mmdebstrap.
#   tests/fresh_root.sh [--without-shared] COMMAND [ARGUMENT...]        tests/fresh_root.sh jobs/quickstart.sh
# The command runs in /src/project, a clone of what is committed here, with ../shared beside it, read-only, where there is one.
# Its processes, its mounts and its root go when it ends, and when this script is told to end. Downloaded packages and
# ccache's files are kept for the next time, in ${SIBYL_ROOT_CACHE:-~/.cache/sibyl-root}; nothing else is. Wants to be root.
# Exit status: that of the command.
set -u
[ "$(id -u)" = 0 ] || { echo "fresh_root.sh: only root can make a root; try sudo" >&2; exit 1; }
project=$(cd "$(dirname "$0")/.." && pwd)

# Inside: in a mount namespace and a process namespace of its own, whose end undoes all of this.
if [ "${1:-}" = --inside ]; then
    root=$2 cache=$3 shared=$4
    shift 4
    set -e
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount --bind "$cache/debs" "$root/var/cache/apt/archives"
    mount --bind "$cache/ccache" "$root/root/.cache/ccache"
    if [ -n "$shared" ]; then
        mkdir "$root/src/shared"
        mount --bind "$shared" "$root/src/shared"
        mount -o remount,bind,ro "$root/src/shared"
    fi
    kept=()
    for name in CI OPENBLAS_CORETYPE http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -z "${!name+x}" ] || kept+=("$name=${!name}")
    done
    # The first process of its namespace does not become the command, but takes leave of processes that have no other parent.
    # shellcheck disable=SC2016
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
        "${kept[@]}" chroot "$root" /bin/bash -c 'cd /src/project || exit 1; "$@"; exit $?' bash "$@"
fi

shared=
if [ "${1:-}" = --without-shared ]; then
    shift
elif [ -d "$project/../shared" ]; then
    shared=$(cd "$project/../shared" && pwd -P)
fi
[ $# -gt 0 ] || { sed -n '2,7s/^# //p' "$0"; exit 2; }
if ! command -v mmdebstrap > /dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends mmdebstrap; } > /dev/null ||
        { echo "fresh_root.sh: there is no mmdebstrap, and it cannot be installed" >&2; exit 1; }
fi

cache=${SIBYL_ROOT_CACHE:-${HOME:-/root}/.cache/sibyl-root}
mkdir -p "$cache/debs" "$cache/ccache" || exit 1
folder=$(mktemp -d /var/tmp/sibyl-root.XXXXXX) || exit 1
root=$folder/root child=
# Ends what runs, and waits until its last process is gone, for it may still write.
leave() {
    local tries
    trap '' TERM INT HUP
    [ -z "$child" ] || { kill -KILL "$child" && wait "$child"; } 2> /dev/null
    for ((tries = 0; tries < 50; tries++)); do
        rm -rf --one-file-system "$folder" 2> /dev/null && return
        sleep 0.2
    done
    echo "fresh_root.sh: cannot remove $folder" >&2
}
trap leave EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP
# apart COMMAND...: with mounts and processes of its own. In the background, because a shell hears signals only while it waits.
apart() {
    local status
    unshare --mount --mount-proc --pid --fork --kill-child "$@" < /dev/null &
    child=$!
    wait $child
    status=$?
    child=
    return $status
}

# This machine's own way to Debian's packages, where it is a Debian 12.
apt-config dump --no-empty --format '%f "%v";%n' Acquire > "$folder/apt.conf"
sources=()
if grep -qx VERSION_CODENAME=bookworm /etc/os-release; then
    for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
        [ ! -s $file ] || [ ${#sources[@]} -gt 0 ] || sources=("$file")
    done
fi
began=$SECONDS
chmod 755 "$folder"
apart mmdebstrap --quiet --variant=minbase --mode=root --aptopt="$folder/apt.conf" --dpkgopt=force-unsafe-io \
    bookworm "$root" "${sources[@]}" || { echo "fresh_root.sh: mmdebstrap failed" >&2; exit 1; }
mkdir -p "$root/src" "$root/root/.cache/ccache"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2> /dev/null
git clone -q --no-hardlinks --dissociate "$project" "$root/src/project" || exit 1
echo "=== fresh root for commit $(git -C "$project" log -1 --format=%h): $((SECONDS - began)) s"
apart "$0" --inside "$root" "$cache" "$shared" "$@"
