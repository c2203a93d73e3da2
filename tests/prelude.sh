# Sourced by end-to-end tests and benchmarks: sets root and sibyl (SIBYL: the program; default build/release/bin/sibyl),
# moves to a fresh folder that goes away in the end, and exits with 77 (skipped) where the program is absent.
# Open MPI asks for the first two settings under root or in a container.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none
[ -x "$sibyl" ] || { echo "skip: no program $sibyl; set SIBYL or build the release preset"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# fail TEXT: counts what went wrong, and tells the end of the file log, if there is one. finish [TEXT]: ends the test.
wrong=0
fail() {
    echo "FAIL $*"
    [ ! -s log ] || tail -n 20 log
    wrong=$((wrong + 1))
}
finish() {
    [ $wrong = 0 ] && [ $# -gt 0 ] && echo "$*"
    exit $((wrong > 0))
}

# field FOLDER KEY: the value in a run's result.json.
field() { sed -n "s/^  \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$1/result.json"; }

# Makes table.sibyl here, of the table that is among the examples, with the label accuracy.
import_digits201() {
    "$sibyl" import nasbench201-csv "$root/jobs/examples/digits201.csv" --out table.sibyl --label accuracy=accuracy --quiet || {
        echo "FAIL import"; exit 1; }
}

# Sets table to NAS-Bench-201's, or skips.
need_nasbench201() {
    table=$root/../shared/data/nasbench201.csv
    [ -r "$table" ] || { echo "skip: ../shared/data/nasbench201.csv is not there"; exit 77; }
}
