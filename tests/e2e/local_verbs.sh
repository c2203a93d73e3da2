#!/bin/bash
# Verbs that need one process start no MPI, everything else runs on one rank where there is no ssh, and rank 0 alone speaks
# under mpirun.
# usage: local_verbs.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
small_train 3
cat > score.yaml <<'YAML'
predictor: trained/predictor.sibyl
input: {file: table.sibyl}
YAML
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: random, evaluations: 5}
YAML
mkdir empty

# without_mpi ARGUMENT...: MPI_Init fails here, and there is no ssh.
without_mpi() { PATH=$work/empty OMPI_MCA_pml=none_such "$sibyl" "$@" > out 2> log; }
OMPI_MCA_pml=none_such timeout 60 mpirun --oversubscribe -n 2 "$sibyl" search search.yaml --out no > log 2>&1 &&
    fail "MPI starts though it cannot"
for verb in --help --version -h -V help "help train" "train --help" "--help search" "inspect table.sibyl" \
    "import nasbench201-csv $root/jobs/examples/digits201.csv --out again.sibyl --label accuracy=accuracy" \
    "train train.yaml --dry-run" "search search.yaml --dry-run" "plan train.yaml --dry-run" "bench --dry-run" \
    "train train.yaml --out trained" "score score.yaml --dry-run" "score score.yaml --out scored" "plan score.yaml" \
    "search search.yaml --out searched" "inspect trained/predictor.sibyl" "report searched --dry-run"; do
    # shellcheck disable=SC2086
    without_mpi $verb || fail "sibyl $verb: status $?"
    [ -s out ] || [[ $verb == report* ]] || fail "sibyl $verb prints nothing"
    grep -qv '^sibyl: warning: OpenBLAS' log && fail "sibyl $verb complains"
done
cmp table.sibyl again.sibyl || fail "another dataset"

# A Gaussian process of one rank needs MPI, but no daemon of its own, and so no ssh.
PATH=$work/empty "$sibyl" train train.yaml --set predictor.head=linear+gp --out gp --quiet > log 2>&1 || fail "gp: status $?"
[ -s gp/predictor.sibyl ] || fail "no predictor with a Gaussian process"

# on4 STATUS LINES ARGUMENT...: by four ranks, of which one speaks; a verb that starts no MPI ends them all.
on4() {
    local want=$1 lines=$2 got
    timeout 60 mpirun --oversubscribe --bind-to none -n 4 "$sibyl" "${@:3}" > out 2> log
    got=$?
    [ $got = "$want" ] || fail "sibyl ${*:3} on 4 ranks: status $got, want $want"
    [ "$(cat out log | grep -c "$lines")" = 1 ] || fail "sibyl ${*:3} on 4 ranks: not one line of $lines"
}
on4 0 '^sibyl [0-9]' --version
on4 0 '^usage: sibyl train' help train
on4 0 '^four.sibyl: 483' import nasbench201-csv "$root/jobs/examples/digits201.csv" --out four.sibyl --label accuracy=accuracy
cmp table.sibyl four.sibyl || fail "another dataset on 4 ranks"
on4 1 '^sibyl: .*gone.csv' import nasbench201-csv gone.csv --out five.sibyl
on4 2 '^sibyl: unknown flag' train train.yaml --colour
on4 0 ', 4 ranks' train train.yaml --dry-run
on4 0 'warning: 4 ranks x 4096 threads share' train train.yaml --dry-run --threads 4096
on4 0 ': dataset, 483' inspect table.sibyl
# One rank of a launcher is alone, too.
OMPI_MCA_pml=none_such timeout 60 mpirun -n 1 "$sibyl" train train.yaml --out one --quiet > log 2>&1 || fail "mpirun -n 1: status $?"
cmp trained/predictor.sibyl one/predictor.sibyl || fail "another predictor under mpirun"

# The times of the parts, in order; and nothing of them without --verbose.
"$sibyl" train train.yaml --out loud --verbose > out 2> log || fail "train --verbose"
for part in 'OpenBLAS' 'read .*table.sibyl' 'split accuracy' 'trained, which took'; do
    grep -q "^ *[0-9]*\.[0-9]* s  .*$part" out || fail "--verbose does not tell: $part"
done
sed -n 's/^ *\([0-9.]*\) s  .*/\1/p' out | sort -c -n || fail "times that go back"
"$sibyl" train train.yaml --out normal > out 2> log
grep -q ' s  read' out && fail "details without --verbose"

# Little memory: OpenBLAS's threads never start, and nothing may wait for them.
(ulimit -v 200000 && timeout 20 "$sibyl" --version) > out 2> log
[ $? != 124 ] || fail "--version hangs where memory is limited"
finish "local verbs are local"
