#!/bin/bash
# Runs a command beside a Slurm cluster of its own: two nodes of 8 CPUs that are only two daemons on this machine.
#   tests/slurm/cluster.sh COMMAND [ARGUMENT...]        `tests/slurm/cluster.sh bash` to try sbatch and srun by hand
# Needs Debian 12's packages (jobs/install_packages.sh --with-slurm), and neither systemd nor cgroups nor root. All its
# files are in one temporary folder. When COMMAND ends, or this script is told to end, it ends every job and daemon by
# its process id and removes the folder. Exit status: that of COMMAND; where there can be no cluster, 1 if CI=true, else
# 77 (skipped).
set -u
PATH=$PATH:/usr/sbin:/sbin
[ $# -gt 0 ] || { sed -n '2,7s/^# //p' "$0"; exit 2; }

give_up() {
    echo "cluster.sh: $*"
    if [ "${CI:-}" = true ]; then
        echo "FAIL no Slurm cluster, and CI=true asks for one"
        exit 1
    fi
    echo "skip: no Slurm cluster"
    exit 77
}
for program in munged munge slurmctld slurmd sbatch; do
    command -v $program > /dev/null || give_up "there is no $program: jobs/install_packages.sh --with-slurm"
done
# Slurm's look-ups find no address at all, not even 127.0.0.1, on a machine that has no other.
getent ahostsv4 127.0.0.1 > /dev/null ||
    give_up "this machine has no IPv4 address beside 127.0.0.1; one will do: ip address add 192.0.2.1/32 dev lo"

# Not under TMPDIR: the path of a socket has 107 bytes at most.
folder=$(mktemp -d /tmp/sibyl-slurm.XXXXXX) || exit 1
# This shell is without the variable, so that it and its tools do not look like parts of the cluster (see members).
mark=SLURM_CONF=$folder/slurm.conf

# The cluster's processes: daemons, steps, jobs, what those started, and COMMAND. All have the mark from their parent,
# or from slurmd, which gives it to jobs whatever --export says. They share no process group and no session.
members() { grep -lzsxF "$mark" /proc/[0-9]*/environ | cut -d / -f 3; }
stop() {
    local tries
    disown -a # else this shell reports them as killed
    members | xargs -r kill 2> /dev/null
    for ((tries = 0; tries < 100; tries++)); do
        [ -n "$(members)" ] || break
        [ $tries -lt 50 ] || members | xargs -r kill -KILL 2> /dev/null
        sleep 0.1
    done
    [ -z "$(members)" ] || echo "cluster.sh: processes that do not end: $(members | tr '\n' ' ')"
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 143' TERM INT HUP

daemons=0
daemon() { # NAME COMMAND...
    daemons=$((daemons + 1))
    env "$mark" "${@:2}" < /dev/null > "$folder/$1.log" 2>&1 &
}
# until_true WHAT COMMAND...: waits until it succeeds; gives up after 60 s, or when a daemon has ended.
until_true() {
    local what=$1 end=$((SECONDS + 60))
    shift
    until "$@"; do
        if [ $SECONDS -ge $end ] || [ "$(jobs -rp | wc -l)" -lt $daemons ]; then
            tail -n 5 "$folder"/*.log
            give_up "$what"
        fi
        sleep 0.1
    done
}

host=$(uname -n) host=${host%%.*} port=$((20000 + $$ % 4000 * 3)) bind=NoAddrCache
# Slurm listens on all addresses, or on the one that the host's name stands for: on 127.0.0.1 where that is it.
[ "$(getent ahostsv4 "$host" | awk 'NR == 1 { print $1 }')" != 127.0.0.1 ] || bind=NoInAddrAny,NoCtldInAddrAny
# TmpFS: the PMIx plugins of two nodes must not meet in /tmp. cred_expire: also how long a requeued job waits; less than
# the default of 120 s, yet enough for a busy machine. MessageTimeout: likewise for one whose disk stalls.
cat > "$folder/slurm.conf" << CONF
ClusterName=sibyl
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
CommunicationParameters=$bind
AuthInfo=socket=$folder/munge.socket,cred_expire=30
StateSaveLocation=$folder/state
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmdSpoolDir=$folder/spool-%n
TmpFS=$folder/tmp-%n
TaskProlog=$folder/prolog
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1,sched_interval=2
JobAcctGatherType=jobacct_gather/none
KillWait=10
MessageTimeout=60
ReturnToService=2
NodeName=n1 NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=8
NodeName=n2 NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=8
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE
CONF
echo 'CgroupAutomount=no' > "$folder/cgroup.conf"
# What a site sets for its jobs. Open MPI names its shared memory after the host, and these nodes share that name: their
# ranks would write into each other's, so they talk by TCP, and each job has ports of its own, so that no rank can reach
# one of another job. Waiting ranks give way, for there are more ranks than CPUs.
cat > "$folder/prolog" << 'PROLOG'
#!/bin/sh
echo export OMPI_MCA_btl=self,tcp
echo export OMPI_MCA_btl_tcp_if_include=lo
echo export OMPI_MCA_btl_tcp_port_min_v4=$((10000 + SLURM_JOB_ID % 90 * 100))
echo export OMPI_MCA_btl_tcp_port_range_v4=100
echo export OMPI_MCA_mpi_yield_when_idle=1
PROLOG
chmod +x "$folder/prolog"
mkdir "$folder"/{state,spool-n1,spool-n2,tmp-n1,tmp-n2}

(umask 077 && head -c 1024 /dev/urandom > "$folder/munge.key")
daemon munged munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
authenticates() { munge -S "$folder/munge.socket" -n > /dev/null 2>&1; }
until_true "munged does not answer" authenticates
daemon slurmctld slurmctld -D
daemon slurmd-n1 slurmd -D -N n1
daemon slurmd-n2 slurmd -D -N n2
nodes_idle() { [ "$(env "$mark" timeout 5 sinfo -hN -t idle -o %N 2> /dev/null | sort | tr '\n' ' ')" = "n1 n2 " ]; }
until_true "the nodes do not come up" nodes_idle

# In the background, as this shell hears signals only while it waits; with this shell's input, for use by hand.
env "$mark" "$@" <&0 &
wait $!
