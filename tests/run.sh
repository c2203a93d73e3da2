#!/bin/bash
# Sets up, builds and runs the tests, from a bare Debian 12 on; PyTorch, scikit-learn, Slurm, shells and Chromium included.
#   tests/run.sh [--long | --minutes N]
# Two builds: the release build in its place (unit, MPI and end-to-end tests, Slurm), and one with the address and undefined
# behaviour sanitizers (unit tests, and MPI tests on one and two ranks). ../shared is used where it is there.
#   --long: also what takes hours and finds little that the rest does not: the MPI tests on more ranks under the sanitizers (in
#     the release build they always run on all numbers of ranks), and every script in tests/long/ (200 kills of each verb
#     where tests/e2e/kills.sh does a few, fuzzing).
#   --minutes N: stops after N minutes; what reads ../shared is tested first. A part that is cut short has not failed.
# Goes on after a failure, so that one run tells all. Exit status 0 only if nothing failed.
# Last line: N passed, N failed[, N skipped]. A part that runs ctest counts for its tests, any other for one.
set -u
cd "$(dirname "$0")/.." || exit 1

long=0 minutes=0
case ${1:-} in
--long) long=1 ;;
--minutes) minutes=${2:-none} ;;
"") ;;
*) minutes=none ;;
esac
[[ $minutes =~ ^[0-9]+$ ]] || { echo "run.sh: want nothing, --long or --minutes N" >&2; exit 2; }

# Open MPI asks for this where tests run as root or in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none

passed=0 failed=0 skipped=0 failures=() times=()

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# tests_that RESULT: how many of the tests in $log ended so.
tests_that() { grep -cE "^ *[0-9]+/[0-9]+ +Test +#[0-9]+: .*$1 +[0-9.]+ sec" "$log"; }
# count STATUS: adds what the part in $log came to.
count() {
    local all good left
    all=$(tests_that '') good=$(tests_that '   Passed') left=$(tests_that '\*\*\*Skipped')
    if [ "$all" -gt 0 ]; then
        passed=$((passed + good)) skipped=$((skipped + left)) failed=$((failed + all - good - left))
        [ "$1" = 0 ] || [ $((good + left)) -lt "$all" ] || failed=$((failed + 1))
    elif [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# part NAME COMMAND...: runs it, says how it ended and how long it took. Status 124 is that of timeout.
part() {
    local name=$1 began=$SECONDS status word
    shift
    echo "=== $name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]} word=passed
    if [ "$status" = 124 ] && [ "$minutes" -gt 0 ]; then
        status=0 word="cut short after $minutes minutes"
    fi
    count "$status"
    [ "$status" = 0 ] || { word="FAILED (status $status)" && failures+=("$name"); }
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
build() { cmake --preset "$1" && cmake --build --preset "$1"; }
# tests PRESET: more at a time than there are CPUs, for they also wait. Says why tests were skipped.
tests() {
    local limit=() status
    [ "$minutes" = 0 ] || limit=(timeout --kill-after=10 $((minutes * 60 > SECONDS ? minutes * 60 - SECONDS : 1)))
    "${limit[@]}" ctest --preset "$1" -j $((3 * $(nproc)))
    status=$?
    grep -hE '^skip' "$2/Testing/Temporary/LastTest.log" 2> /dev/null | sort -u
    return $status
}

packages=(--with-python --with-slurm --with-shells --with-browser)
[ $long = 0 ] || packages+=(--with-clang)
if ! part install jobs/install_packages.sh "${packages[@]}"; then
    echo "nothing can be built without these packages"
    echo "$passed passed, $failed failed"
    exit 1
fi
part format check_format
part build build tested && part tests tests tested build/release
part asan-build build asan && part asan-tests tests asan build/asan
if [ $long = 1 ]; then
    part asan-long tests asan-long build/asan
    part long tests tested-long build/release
fi

printf '%s\n' "${times[@]}"
[ $failed = 0 ] || echo "failed: ${failures[*]}"
total="$passed passed, $failed failed"
[ $skipped = 0 ] || total+=", $skipped skipped"
echo "$total"
[ $failed = 0 ]
