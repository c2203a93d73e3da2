#!/bin/bash
# Submits jobs that wait for one another: each starts when the one before it has ended well, and is taken off the queue
# where that one failed. Prints their numbers.
#   slurm/chain.sh [SBATCH_OPTION...] -- VERB JOB.yaml OUT_FOLDER [-- VERB JOB.yaml OUT_FOLDER]...
#   slurm/chain.sh --partition=cpu --nodes=4 -- train train.yaml runs/train -- score score.yaml runs/score
# VERB: train, score or search, the name of a script beside this one. The options go to every job.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
usage() { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1") && shift; done
[ $# -gt 0 ] || usage
before=
while [ $# -gt 0 ]; do
    if [ $# -lt 4 ] || [ "$1" != -- ] || [ ! -f "$scripts/$2.sbatch" ]; then usage; fi
    job=$(sbatch --parsable ${before:+--dependency=afterok:"$before" --kill-on-invalid-dep=yes} "${options[@]}" \
        "$scripts/$2.sbatch" "$3" "$4")
    before=${job%%;*} # NUMBER;CLUSTER where there are several clusters
    echo "$before $2 $3"
    shift 4
done
