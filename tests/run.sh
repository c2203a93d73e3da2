#!/bin/bash
# Sets up, builds and runs all tests, from a bare Debian 12 on. Arguments go to jobs/install_packages.sh
# (--with-python: also what the tests with PyTorch need, which are skipped otherwise).
# Goes on after a failure, so that one run tells all. Exit status 0 only if nothing failed.
# Last line: N passed, N failed (parts and end-to-end scripts).
set -u
cd "$(dirname "$0")/.." || exit 1

# Open MPI asks for this where tests run as root or in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export SIBYL_SOURCE_DIR=$PWD SIBYL=$PWD/build/release/bin/sibyl

passed=0 failed=0 skipped=0 failures=()

# part NAME COMMAND...: runs it, says how it ended and how long it took. Status 77 is a skip.
part() {
    local name=$1 began=$SECONDS status=0
    shift
    echo "=== $name"
    "$@" || status=$?
    case $status in
    0) passed=$((passed + 1)) word=passed ;;
    77) skipped=$((skipped + 1)) word=skipped ;;
    *) failed=$((failed + 1)) word="FAILED (status $status)" failures+=("$name") ;;
    esac
    echo "=== $name: $word, $((SECONDS - began)) s"
    return $status
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
asan_tests() { ctest --preset asan -L 'unit|mpi'; }
release_build() { cmake --preset release && cmake --build --preset release; }

if ! part install jobs/install_packages.sh "$@"; then
    echo "nothing can be built without these packages"
    echo "$passed passed, $failed failed"
    exit 1
fi
part format check_format
part dev cmake --workflow --preset dev
part asan-build asan_build && part asan-tests asan_tests
part release release_build
for script in tests/e2e/*.sh; do
    [ -x "$script" ] && part "$script" "$script"
done

[ $skipped = 0 ] || echo "$skipped skipped"
[ $failed = 0 ] || echo "failed: ${failures[*]}"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
