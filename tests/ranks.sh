# Sourced behind prelude.sh by tests that kill ranks: whether they and mpirun are still there, and how they are started.

# alive PID: is it there, and no zombie?
alive() { [ -n "$1" ] && grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2> /dev/null; }
any_rank() {
    local file
    for file in pid.*; do
        [ -s "$file" ] && alive "$(cat "$file")" && return
    done
    return 1
}
# until_not SECONDS COMMAND...: waits until it fails; 1 if it never does.
until_not() {
    local polls=$(($1 * 50))
    shift
    while "$@"; do
        [ $polls -gt 0 ] || return 1
        polls=$((polls - 1))
        sleep 0.02
    done
}

# start_ranks RANKS ARGUMENT...: the program with these in the background, its process in `job`; each rank leaves its process
# id in pid.RANK.
start_ranks() {
    rm -f pid.*
    # shellcheck disable=SC2016
    mpirun --oversubscribe --bind-to none -n "$1" bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" "${@:2}" > log 2>&1 &
    job=$!
}
# await_ranks WHAT: until all ranks and mpirun are gone; leaves the status in `status`. mpirun 4.1.4 now and then hangs by
# itself after its ranks are gone.
await_ranks() {
    until_not 60 any_rank || {
        fail "$1: a rank still runs after 60 s"
        cat pid.* | xargs kill -9 2> /dev/null
    }
    until_not 10 alive $job || kill -9 $job
    wait $job 2> /dev/null
    status=$?
}
