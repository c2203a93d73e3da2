#!/bin/bash
# An evaluator that runs the real program as a Slurm job of its own. In a job file:
#   evaluator: {kind: command, value: accuracy, command: [sbatch_wait.sh, --gpus=1, --time=2:00:00, --, python3, train.py]}
# The flags before -- are sbatch's. The program gets the request on its stdin and the SIBYL_ variables, as if it were run
# here; what it prints and its exit status are handed on. This script only sleeps meanwhile, and asks Slurm now and then, so
# a search with many of them wants one core: mpirun -n 33 --oversubscribe waits for 32 jobs.
#
# Told to stop (SIGTERM, SIGINT), it cancels the job. Killed with no chance to, it leaves the job alone, and finds it again
# when the search goes on: what has ended well meanwhile is not run again. Its files are in RUN/jobs/, a folder for each task;
# they must be on a file system that the nodes share, and so must the program.
# Settings, all optional: SBATCH_WAIT_KEEP=1 leaves the job running also when it is told to stop, so that a search whose own
# time is over goes on with it later; SBATCH_WAIT_POLL=30 is the longest time between two looks, in seconds.
# Exit status: the program's; 75 (tried again) where Slurm refused the job, or ended it for a node's failure or preemption.
set -u

flags=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do flags+=("$1") && shift; done
[ $# -ge 2 ] || { echo "sbatch_wait.sh: want [FLAG of sbatch...] -- PROGRAM [ARGUMENT...]" >&2; exit 78; }
shift
for tool in sbatch scontrol squeue scancel; do
    command -v $tool > /dev/null || { echo "sbatch_wait.sh: there is no $tool here" >&2; exit 78; }
done

request=$(cat)
task=${SIBYL_TASK:?sbatch_wait.sh is an evaluator: sibyl runs it}
hash=$(sed -n 's/.*"hash": *"\([0-9a-f]*\)".*/\1/p' <<< "$request")
run=${SIBYL_RUN:-$PWD}
# A name that no other search has: of its folder, the task, what is run for it, and the scripts that this names.
name=sibyl-$task-$({
    printf '%s\n' "$run" "$hash" "$@" "${flags[@]}"
    for word in "$@"; do [ ! -f "$word" ] || head -c 1000000 "$word"; done
} | sha256sum | cut -c 1-16)
state=$run/jobs/$name
mkdir -p "$state" || exit 75

# known JOB: does Slurm still know it? Answers 2 where Slurm does not answer.
known() {
    local answer
    answer=$(scontrol -o show job "$1" 2>&1) && return 0
    [[ $answer == *"Invalid job id"* ]] && return 1
    return 2
}
# field JOB KEY: of what scontrol tells.
field() { scontrol -o show job "$1" 2> /dev/null | tr ' ' '\n' | sed -n "s/^$2=//p" | head -n 1; }

submit() {
    local wrapper
    rm -f "$state"/{out,err,status,job}
    printf '%s\n' "$request" > "$state/request" || return
    # The status is written to another name first: it is there whole, or not at all.
    wrapper="$(printf '%q ' "$@") < $(printf %q "$state/request")"
    cat > "$state/job.sh" << JOB
#!/bin/bash
$wrapper
status=\$?
echo \$status > $(printf %q "$state/status.new") && mv $(printf %q "$state/status.new") $(printf %q "$state/status")
exit \$status
JOB
    # sbatch within a job must not take that job's variables for its own, nor the new job the scratch folder and GPUs of here.
    job=$(
        unset "${!SLURM_@}" SIBYL_SCRATCH CUDA_VISIBLE_DEVICES
        ${slurm_conf:+export SLURM_CONF="$slurm_conf"}
        sbatch --parsable --job-name="$name" --chdir="$PWD" --output="$state/out" --error="$state/err" --open-mode=append \
            --no-requeue "${flags[@]}" "$state/job.sh"
    ) || return
    job=${job%%;*}
    echo "$job" > "$state/job.new" && mv "$state/job.new" "$state/job" && echo "job $job ($name)"
}
slurm_conf=${SLURM_CONF:-}

job=
# shellcheck disable=SC2317 # the trap below calls it
stop() {
    trap '' TERM INT
    # One that was just submitted has a name, if not yet a file.
    [ -n "$job" ] || job=$(squeue -h -o %A --name="$name" 2> /dev/null | head -n 1)
    if [ -n "$job" ] && [ "${SBATCH_WAIT_KEEP:-0}" != 1 ]; then
        scancel "$job" 2> /dev/null
        [ -e "$state/status" ] || rm -rf "$state"
    fi
    exit 143
}
trap stop TERM INT

# ---- the job of an earlier time, or a new one ----
if [ -s "$state/job" ]; then
    job=$(cat "$state/job")
elif [ ! -e "$state/status" ]; then
    job=$(squeue -h -o %A --name="$name" 2> /dev/null | head -n 1)
    [ -z "$job" ] || echo "$job" > "$state/job"
fi
if [ -z "$job" ] && [ ! -e "$state/status" ]; then
    submit "$@" >&2 || { echo "sbatch_wait.sh: sbatch did not take the job" >&2; exit 75; }
fi

# ---- waiting: short at first, then longer and longer ----
longest=${SBATCH_WAIT_POLL:-30} pause=0.2 why=
over() {
    local state_now
    [ -e "$state/status" ] && return
    known "$job"
    case $? in
    1) why="job $job is gone from Slurm's memory" && return ;;
    2) return 1 ;;
    esac
    state_now=$(field "$job" JobState)
    case $state_now in
    '' | PENDING | RUNNING | CONFIGURING | COMPLETING | SUSPENDED | REQUEUED | REQUEUE_HOLD | RESIZING | SIGNALING | STAGE_OUT | STOPPED)
        return 1
        ;;
    esac
    why="job $job ended as $state_now ($(field "$job" Reason))"
}
until over; do
    sleep "$pause" & # a trap runs when `wait` is over, not while a sleep in the foreground lasts
    wait $!
    pause=$(awk -v p="$pause" -v m="$longest" 'BEGIN { p *= 1.5; print p < m ? p : m }')
done
# What a node wrote may come late to another.
for ((i = 0; i < 20; i++)); do
    [ ! -e "$state/status" ] || break
    ls "$state" > /dev/null
    sleep 0.1
done

[ ! -e "$state/err" ] || cat "$state/err" >&2
[ ! -e "$state/out" ] || cat "$state/out"
if [ -s "$state/status" ]; then
    status=$(cat "$state/status")
elif [[ $why == *TIMEOUT* || $why == *OUT_OF_MEMORY* || $why == *FAILED* ]]; then
    echo "$why" >&2
    status=1
else # CANCELLED by somebody, NODE_FAIL, PREEMPTED, BOOT_FAIL, DEADLINE, or gone
    echo "$why" >&2
    status=75
fi
# An answer stays: a search that is killed before it has written it down asks again. What has failed is run anew then.
[ "$status" = 0 ] || rm -rf "$state"
exit "$status"
