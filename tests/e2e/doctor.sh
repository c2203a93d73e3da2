#!/bin/bash
# What `sibyl doctor` finds, alone and on ranks, on a machine that is well and on ones that are made not to be: without mpirun,
# with other programs' answers given, with two builds, with folders that are not there or take no files; and nothing is left.
# usage: doctor.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# examined STATUS NAME COMMAND...: runs it, with its output in NAME, and wants that exit status.
examined() {
    local want=$1 name=$2 status
    shift 2
    "$@" > "$name" 2>&1
    status=$?
    cp "$name" log
    [ $status = "$want" ] || fail "$name: status $status, not $want"
}
# says NAME WORD SUBJECT TEXT: a line of NAME. says_not likewise.
says() { grep -qE "^$2 +$3 +.*$4" "$1" || { cp "$1" log; fail "$1: no line '$2 $3 ... $4'"; }; }
says_not() { ! grep -qE "^$2 +$3 " "$1" || { cp "$1" log; fail "$1: a line '$2 $3'"; }; }

mkdir runs
examined 0 alone "$sibyl" doctor runs
for subject in CPUs memory writing locks mpirun; do says alone ok $subject ''; done
says alone ok 'file times' '0\.[0-9] s'
says_not alone FAIL '[A-Za-z ]*'
[ -z "$(ls -A runs)" ] || fail "alone: left $(ls -A runs)"
[ "$(grep -oE '^ok +CPUs +[0-9]+' alone | grep -oE '[0-9]+$')" = "$(nproc --all)" ] ||
    [ "$(grep -oE '^ok +CPUs +[0-9]+' alone | grep -oE '[0-9]+$')" = "$(env -u OMP_NUM_THREADS nproc)" ] || fail "alone: CPUs"

examined 0 three mpirun --oversubscribe -n 3 "$sibyl" doctor runs
for subject in program kernels shared locks; do says three ok $subject 'all'; done
says three 'ok|warn' ranks '3, at most 3 of them on a node'
says three ok clocks '0\.[0-9]+ s'
says_not three ok mpirun
[ -z "$(ls -A runs)" ] || fail "three: left $(ls -A runs)"

# Two builds that differ by a byte behind their end.
cp "$sibyl" other && echo >> other
examined 1 builds mpirun --oversubscribe -n 1 "$sibyl" doctor runs : -n 1 ./other doctor runs
says builds FAIL program 'different builds'
grep -q 'sibyl: doctor: 1 of [0-9]* things' builds || fail "builds: no last line"

# Programs that are not there, and programs whose answers are known.
mkdir programs
ln -s "$(command -v env)" programs/env
examined 0 bare env PATH=$work/programs "$sibyl" doctor runs
says bare warn mpirun 'no mpirun in PATH'
says bare none Slurm 'not here'
says bare none GPUs ''
cat > programs/nvidia-smi <<'SH'
#!/bin/sh
echo 'GPU 0: A (UUID: GPU-1)'
echo 'GPU 1: A (UUID: GPU-2)'
SH
cat > programs/sinfo <<'SH'
#!/bin/sh
echo 'debug* 2 4 7900+ 30:00'
echo 'long 12 64 256000 7-00:00:00'
SH
cat > programs/srun <<'SH'
#!/bin/sh
echo 'MPI plugin types are...' >&2
echo '        pmix' >&2
SH
printf '#!/bin/sh\nprintf "lost\\033[2J its way\\n" >&2\nexit 9\n' > programs/mpirun
chmod +x programs/*
examined 1 answers env PATH=$work/programs "$sibyl" doctor runs
says answers ok GPUs '2 \('
says answers ok Slurm 'partition debug\*: 2 nodes of 4 CPUs and 7900\+ MB, for 30:00'
says answers ok Slurm 'partition long: 12 nodes of 64 CPUs and 256000 MB, for 7-00:00:00'
says answers ok srun 'PMIx'
says answers FAIL mpirun 'lost\?\[2J its way'
examined 1 allocated env SLURM_JOB_ID=77 SLURM_JOB_NODELIST='n[1-2]' PATH=$work/programs "$sibyl" doctor runs
says allocated ok allocation 'job 77 on n\[1-2\]'
printf '#!/bin/sh\nexit 1\n' | tee programs/sinfo > programs/nvidia-smi
examined 1 broken env PATH=$work/programs "$sibyl" doctor runs --quiet
says broken warn Slurm 'does not answer'
says broken warn GPUs 'fails'
says_not broken ok '[A-Za-z ]*'

examined 0 threads env OMP_NUM_THREADS=9999 "$sibyl" doctor
says threads warn threads '9999'
examined 1 nowhere "$sibyl" doctor nowhere
grep -q 'sibyl: nowhere: there is no such folder' nowhere || fail "nowhere"
examined 1 file "$sibyl" doctor other
examined 1 closed "$sibyl" doctor /proc
grep -q 'takes no files' closed || fail "closed"
examined 2 two "$sibyl" doctor a b
examined 0 dry "$sibyl" doctor --dry-run
[ ! -s dry ] || fail "dry: says something"
[ -z "$(ls -A runs)" ] || fail "left $(ls -A runs)"
finish
