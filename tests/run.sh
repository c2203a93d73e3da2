#!/bin/bash
# Sets up, builds and runs all tests, from a bare Debian 12 on; PyTorch, scikit-learn and Slurm included.
# Goes on after a failure, so that one run tells all. Exit status 0 only if nothing failed.
# Last line: N passed, N failed. A part that runs ctest counts for the tests that ctest ran, any other for one.
set -u
cd "$(dirname "$0")/.." || exit 1

# Open MPI asks for this where tests run as root or in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export SIBYL_SOURCE_DIR=$PWD SIBYL=$PWD/build/release/bin/sibyl

passed=0 failed=0 skipped=0 failures=() times=()

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# count STATUS: adds what the part in $log came to.
count() {
    local status=$1 tests bad total all=0 fell=0 left
    while read -r bad total; do
        fell=$((fell + bad)) all=$((all + total))
    done < <(sed -n 's/^.*tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\)$/\1 \2/p' "$log")
    left=$(grep -c '\*\*\*Skipped' "$log")
    tests=$((all - fell))
    if [ $all -gt 0 ]; then
        [ $status = 0 ] || [ $fell -gt 0 ] || fell=1
        passed=$((passed + tests - left)) failed=$((failed + fell)) skipped=$((skipped + left))
    elif [ $status = 77 ]; then
        skipped=$((skipped + 1))
    elif [ $status = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# part NAME COMMAND...: runs it, says how it ended and how long it took. Status 77 is a skip.
part() {
    local name=$1 began=$SECONDS status word
    shift
    echo "=== $name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    count "$status"
    case $status in
    0) word=passed ;;
    77) word=skipped ;;
    *) word="FAILED (status $status)" failures+=("$name") ;;
    esac
    word="$name: $word, $((SECONDS - began)) s"
    times+=("$word")
    echo "=== $word"
    return "$status"
}

check_format() {
    local files=()
    mapfile -d '' -t files < <(git ls-files -z '*.c' '*.h')
    if [ ${#files[@]} = 0 ]; then
        echo "no tracked sources: is this a git checkout?"
        return 1
    fi
    clang-format --dry-run -Werror "${files[@]}"
}
asan_build() { cmake --preset asan && cmake --build --preset asan; }
asan_tests() { ctest --preset asan -L 'unit|mpi' --no-tests=error; }
release_build() { cmake --preset release && cmake --build --preset release; }

if ! part install jobs/install_packages.sh --with-python --with-slurm; then
    echo "nothing can be built without these packages"
    echo "$passed passed, $failed failed"
    exit 1
fi
part format check_format
part dev cmake --workflow --preset dev
part asan-build asan_build && part asan-tests asan_tests
part layers tests/check_layers.sh
part release release_build
for script in tests/e2e/*.sh; do
    [ -x "$script" ] && part "$script" "$script"
done
part tests/slurm/slurm.sh tests/slurm/slurm.sh

printf '%s\n' "${times[@]}"
[ $skipped = 0 ] || echo "$skipped skipped"
[ $failed = 0 ] || echo "failed: ${failures[*]}"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
