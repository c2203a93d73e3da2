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
# Bases (docs/predictors.md) of this test's own.
export XDG_CACHE_HOME=$work/.cache
# Each mpirun has a folder of its own for its files: one that ends removes a common one while another begins in it.
mkdir .mpi || exit 1
cat > .mpi/mpirun << EOF
#!/bin/bash
PATH=\${PATH/"$work/.mpi:"/}
OMPI_MCA_orte_tmpdir_base=\$(mktemp -d "$work/.mpi/XXXXXX") && export OMPI_MCA_orte_tmpdir_base && exec mpirun "\$@"
EOF
chmod +x .mpi/mpirun
PATH=$work/.mpi:$PATH
# quick_ends: from here on mpirun does not wait for a second when a rank has failed before it kills the others.
quick_ends() { export OMPI_MCA_odls_base_sigkill_timeout=0; }

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

# beside COMMAND...: runs it in the background, up to eight at a time; it tells itself what fails, and fails then.
# all_done: waits until all of them have ended.
one_done() { wait -n || wrong=$((wrong + 1)); }
beside() {
    [ "$(jobs -rp | wc -l)" -lt 8 ] || one_done
    "$@" &
}
all_done() { while [ -n "$(jobs -p)" ]; do one_done; done; }

# mine PATTERN: the process ids, the newest last, of this test's own processes whose command line matches. Tests run side by
# side, and have the same command lines: only the folder that they work in tells them apart.
mine() {
    local id
    for id in $(pgrep -f -- "$1"); do
        [ "/proc/$id/cwd" -ef "$work" ] && echo "$id"
    done
}

# field FOLDER KEY: the value in a run's result.json.
field() { sed -n "s/^  \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$1/result.json"; }

# page DIR EXPRESSION: a value of what the report in DIR holds (tests/e2e/page_data.py).
page() { python3 "$root/tests/e2e/page_data.py" "$1/report.html" "$2"; }

# Makes table.sibyl here, of the table that is among the examples, with the label accuracy.
import_digits201() {
    "$sibyl" import nasbench201-csv "$root/jobs/examples/digits201.csv" --out table.sibyl --label accuracy=accuracy --quiet || {
        echo "FAIL import"; exit 1; }
}

# small_train EPOCHS [BATCH]: makes train.yaml here, which trains a small predictor on 60 networks of that table.
small_train() {
    printf '%s\n' 'data: {file: table.sibyl, label: accuracy}' 'effort: quick' 'split: {train: 60}' 'predictor: {layers: 1, width: 16}' \
        "training: {epochs: $1${2:+, batch: $2}}" > train.yaml
}

# Sets table to NAS-Bench-201's, or skips.
need_nasbench201() {
    table=$root/../shared/data/nasbench201.csv
    [ -r "$table" ] || { echo "skip: ../shared/data/nasbench201.csv is not there"; exit 77; }
}

# holding FILE COMMAND...: runs it in the background, its process in `job`, until one of its processes has given a file this
# name; that one then stops, its process id in `held`, until it gets SIGCONT.
holding() {
    local i
    [ -e .mpi/hold.so ] || cc -shared -fPIC -o .mpi/hold.so "$root/tests/preload/hold.c" || fail "no hold.so"
    rm -f .mpi/held
    LD_PRELOAD=$work/.mpi/hold.so HOLD_AT=$1 HOLD_PID=$work/.mpi/held "${@:2}" &
    job=$!
    for ((i = 0; i < 6000; i++)); do
        held=$(cat .mpi/held 2> /dev/null)
        [ -n "$held" ] && grep -q '^State:[[:space:]]*T' "/proc/$held/status" && return
        sleep 0.01
    done
    fail "${*:2}: no $1 after 60 s"
}

# run_job VERB OUT [ARGUMENT...]: the job VERB.yaml into the folder OUT, on one rank.
run_job() { timeout 300 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet "${@:3}" > log 2>&1; }
# stop_job VERB OUT FILE LINES [ARGUMENT...]: a run that gets SIGTERM once this file of its folder has so many lines.
stop_job() {
    local job i status
    timeout 300 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet "${@:5}" > log 2>&1 &
    job=$!
    for ((i = 0; i < 1000; i++)); do
        [ -s "$2/$3" ] && [ "$(grep -ac '' "$2/$3")" -ge "$4" ] && break
        sleep 0.02
    done
    kill -TERM $job # timeout hands it on
    wait $job
    status=$?
    [ $status = 3 ] || fail "$1: status $status where it was to be stopped"
}
# refuse_job VERB OUT TEXT [ARGUMENT...]: a run ends with status 2, says this, and leaves its folder as it is.
refuse_job() {
    local status
    find "$2" -type f -exec md5sum {} + | sort > before
    run_job "$1" "$2" "${@:4}"
    status=$?
    [ $status = 2 ] || fail "$1: status $status, want 2"
    grep -q -- "$3" log || fail "$1: no message of $3"
    find "$2" -type f -exec md5sum {} + | sort > after
    cmp before after || fail "$1: a refused run has changed its folder"
}
