#!/bin/bash
# Installs what Sibyl needs to build, run and test, from Debian 12's own packages. Quick when all is there.
#   install_packages.sh [--with-python] [--with-slurm] [--with-simgrid] [--with-clang] [--with-shells] [--with-browser]
#     --with-python: also PyTorch and scikit-learn, for jobs/evaluators/train_cell.py and tests/reference/
#     --with-slurm:  also Slurm and munge, for tests/slurm/; their daemons are not started
#     --with-simgrid: also SimGrid, for tests/bench/scale.sh
#     --with-clang:  also clang with libFuzzer, for tests/fuzz/fuzz.sh
#     --with-shells: also groff, zsh and fish, for tests/e2e/shells.sh, and locales, for tests/unit/test_library_space.c
#     --with-browser: also Chromium, for tests/e2e/report_browser.sh
set -euo pipefail

packages=(
    build-essential cmake ninja-build pkg-config clang-format git
    libopenmpi-dev openmpi-bin libscalapack-openmpi-dev libopenblas-dev
    libprotobuf-c-dev protobuf-c-compiler protobuf-compiler
    libcunit1-dev libyaml-dev libjansson-dev
    librandom123-dev libxxhash-dev libmd-dev libzstd-dev zlib1g-dev libbz2-dev
    libgsl-dev libsqlite3-dev sqlite3 libnauty2-dev gnuplot-nox python3 ccache procps file
)
for option in "$@"; do
    case $option in
    --with-python) packages+=(python3-torch python3-sklearn) ;;
    --with-slurm) packages+=(slurmctld slurmd slurm-client munge) ;;
    --with-simgrid) packages+=(libsimgrid-dev) ;;
    --with-clang) packages+=(clang libclang-rt-14-dev) ;;
    --with-shells) packages+=(groff-base zsh fish locales) ;;
    --with-browser) packages+=(chromium fonts-dejavu-core) ;;
    -h | --help)
        sed -n '2,9s/^# //p' "$0"
        exit 0
        ;;
    *)
        echo "install_packages.sh: unknown option $option; want --with-python, --with-slurm, --with-simgrid, --with-clang, --with-shells, --with-browser or nothing" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "install_packages.sh: no dpkg-query here: this is no Debian. Install by hand what $0 lists." >&2
    exit 1
fi
missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then
    echo "packages: all ${#packages[@]} are there"
    exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install_packages.sh: not root and no sudo; ask an administrator for: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "packages: installing ${missing[*]}"
# Packages of daemons start them, unless there is a program of this name that says no.
policy=/usr/sbin/policy-rc.d
if [[ " ${missing[*]} " == *" slurm"* || " ${missing[*]} " == *" munge "* ]] && [ ! -e $policy ]; then
    trap '"${as_root[@]}" rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy > /dev/null
    "${as_root[@]}" chmod 755 $policy
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
