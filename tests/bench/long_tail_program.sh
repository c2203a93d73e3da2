#!/bin/bash
# Evaluates a network as a training of unknown length would: sleeps 0.1 to 2 s (a long tail), fails in 10% of the cases and
# hangs in 2%, all by its task's number. Appends "TASK PID START END" to the file LONG_TAIL_LOG, where that is set; of one that
# hangs the END is a dash. LONG_TAIL_SPEED: divides the times (default 1).
read -r request
task=${request#*\"task\":} task=${task%%[,\}]*} task=$((task))
drawn=$(((task * 2654435761 + 12345) % 4294967296))
fate=$((drawn / 7 % 1000)) length=$((drawn / 7000 % 1000))
ms=$(((100 + 1900 * length * length / 1000 * length / 1000 * length / 1000 / 1000) / ${LONG_TAIL_SPEED:-1}))
begin=$EPOCHREALTIME
told() { [ -z "${LONG_TAIL_LOG:-}" ] || echo "$task $$ $begin $1" >> "$LONG_TAIL_LOG"; }
if [ $fate -lt 20 ]; then
    told -
    exec sleep 1000
fi
sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
told "$EPOCHREALTIME"
if [ $fate -lt 120 ]; then
    echo "out of luck" >&2
    exit 1
fi
echo "{\"accuracy\": 0.$(printf %03d $((drawn / 13 % 1000)))}"
