#!/bin/bash
# Training steps on simulated clusters (SimGrid's SMPI, package libsimgrid-dev): a 12 x 160 predictor, batch 8,192, ranks
# of one core, 12.5 GB/s to and from a node, 1 us between two, half a microsecond of CPU for each message sent or
# received. The trainer and its communication are ours, unchanged; what a rank computes is replaced by the time that this
# machine was measured to take for it on one core, the same on all ranks. Messages move while ranks compute, as on networks
# that need no help from the CPU. All sends wait for their receivers: of the others, the simulator keeps a list that it walks
# through for each message. Prints seconds per step, efficiency (against the time one rank computes for all) and the
# share of the step that is not computing, for the sharded optimiser and for one MPI_Allreduce of floats (by the algorithms
# that Open MPI picks) with the whole optimiser on each rank.
# usage: scale.sh [-n RANKS_A_NODE] [-p PLOT.svg] [RANKS...]    (default: one rank a node; 2 4 8 16 32 64 128 256: about
#        25 minutes; divisors of 256)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
plot= node=1
while getopts n:p: option; do
    case $option in
    n) node=$OPTARG ;;
    p) plot=$(realpath "$OPTARG") ;;
    *) sed -n '10,11s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
cd "$root"
ranks=("$@")
[ $# -gt 0 ] || ranks=(2 4 8 16 32 64 128 256)
batch=8192 build=build/simulated
command -v smpicc > /dev/null || { echo "scale.sh: no smpicc; run jobs/install_packages.sh --with-simgrid" >&2; exit 1; }

cmake -G Ninja -S . -B $build -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DSIBYL_TESTS=ON > /dev/null
cmake --build $build --target sibyl_predictor bench_step_time > /dev/null
source=tests/bench/simulated
smpicc -Wl,--wrap=optimizer_step,--wrap=nnformer_initialise -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -I. -I$build -fopenmp-simd -ffp-contract=off -w -o $build/simulated_step \
    $source/simulated_step.c $source/simulated_network.c $source/simulated_memory.c comm/team.c comm/reduce.c comm/node.c comm/launch.c \
    base/clock.c predictor/training/{trainer,lane,side_by_side,training_pause,sharded_optimizer,optimizer,step_loss}.c \
    -L$build -lsibyl_predictor -lsibyl_predictor_local -lsibyl_proto -lsibyl_base -lprotobuf-c -lzstd -lz -lbz2 -lxxhash -lgsl -lopenblas -lmd -lgomp -lm

# What this machine takes, on one core: passes of a rank's graphs (more than 512: in proportion), and of the whole step.
graphs=()
for r in "${ranks[@]}"; do
    own=$((batch / r))
    graphs+=($((own < 512 ? own : 512)))
done
mapfile -t graphs < <(printf '%s\n' 512 "${graphs[@]}" | sort -nu)
$build/bin/bench_step_time "${graphs[@]}" > $build/times
cat $build/times
time_of() { awk -v what="$1" -v column="$2" '$1 == what { print $column }' $build/times; }
number() { awk "BEGIN { printf \"%.9f\", $1 }"; }
sums=$(time_of sums 2) optimizer=$(time_of optimizer 2) loss=$(time_of loss 2)
alone=$(number "($(time_of 512 2) + $(time_of 512 3)) * $batch / 512 + $sums + $optimizer + $loss")
echo "one rank: $alone s"

# simulate RANKS MODE FORWARD BACKWARD LOSS SUMS OPTIMIZER
simulate() {
    local folder=$build/cluster$1 hosts=$((($1 + node - 1) / node))
    mkdir -p "$folder"
    cat > "$folder/platform.xml" <<XML
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="cluster" prefix="node" suffix="" radical="0-$((hosts - 1))" speed="1Gf" core="$node" bw="12.5GBps" lat="0.5us"
    loopback_bw="12.5GBps" loopback_lat="0.1us"/>
</platform>
XML
    for ((r = 0; r < $1; r++)); do echo "node$((r / node))"; done > "$folder/hosts"
    smpirun -np "$1" -platform "$folder/platform.xml" -hostfile "$folder/hosts" --log=root.thres:critical \
        --cfg=smpi/host-speed:1Gf --cfg=smpi/coll-selector:ompi \
        --cfg=smpi/simulate-computation:no --cfg=smpi/bw-factor:0:1 --cfg=smpi/lat-factor:0:1 \
        --cfg=smpi/ois:0:5e-7:0 --cfg=smpi/os:0:5e-7:0 --cfg=smpi/or:0:5e-7:0 --cfg=smpi/test:1e-6 \
        --cfg=smpi/send-is-detached-thresh:0 --cfg=smpi/grow-injected-times:no --cfg=smpi/shared-malloc:global --cfg=smpi/auto-shared-malloc-thresh:1000000 \
        $build/simulated_step "$2" $batch "$3" "$4" "$5" "$6" "$7" 2>&1 | tail -1
}

echo "| ranks | optimiser | s per step | efficiency | not computing |"
echo "|---|---|---|---|---|"
: > $build/steps
for r in "${ranks[@]}"; do
    own=$((batch / r)) part=1
    [ $own -le 512 ] || part=$((own / 512))
    forward=$(number "$(time_of $((own / part)) 2) * $part") backward=$(number "$(time_of $((own / part)) 3) * $part")
    for mode in sharded allreduce; do
        add=$sums own=$(number "$optimizer / $r")
        [ $mode = sharded ] || add=0 own=$optimizer
        step=$(simulate "$r" $mode "$forward" "$backward" "$(number "$loss / $r")" "$add" "$own")
        echo "$r $mode $step $(number "$forward + $backward + $loss / $r + $add + $own")" >> $build/steps
        tail -n 1 $build/steps | awk -v one="$alone" '{ printf "| %d | %s | %.4f | %.1f %% | %.1f %% |\n",
            $1, $2, $3, 100 * one / $1 / $3, 100 * (1 - $4 / $3) }'
    done
done
[ -n "$plot" ] || exit 0
efficiency() { awk -v mode="$1" -v one="$alone" '$2 == mode { print $1, 100 * one / $1 / $3 }' $build/steps > "$build/$1.dat"; }
efficiency sharded
efficiency allreduce
gnuplot << GNUPLOT
set terminal svg noenhanced size 760,380 font "sans-serif,13" background "#ffffff"
set output "$plot"
set xlabel "ranks of one core, $node a node (simulated: 12.5 GB/s, 1 us)"
set ylabel "efficiency of a training step (%)"
set logscale x 2
set yrange [0:105]
set key bottom left
set grid lc rgb "#dddddd"
set style data linespoints
plot "$build/sharded.dat" lw 2 pt 7 title "optimiser sharded over the ranks (Sibyl)", \
    "$build/allreduce.dat" lw 2 pt 5 title "one MPI_Allreduce of floats, whole optimiser on each rank"
GNUPLOT
