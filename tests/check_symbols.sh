#!/bin/bash
# What libsibyl exports is what library/libsibyl.symbols lists, with versions, and what the public headers declare: a call that is
# lost, renamed or let out by mistake is seen here. A new call is a new line there; a line may go only with a new soname.
#   check_symbols.sh LIBRARY [ROOT]     ROOT: the source tree (default: the one this script is in)
set -eu
library=$1 root=${2:-$(cd "$(dirname "$0")/.." && pwd)}
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | LC_ALL=C sort)
if ! diff <(LC_ALL=C sort "$root/library/libsibyl.symbols") - <<< "$exported"; then
    echo "check_symbols: $library exports other symbols (>) than library/libsibyl.symbols says (<)"
    exit 1
fi
declared=$(${CC:-cc} -E -P -I "$root/include" "$root/include/sibyl/sibyl.h" | grep -o 'sibyl_[a-z0-9_]*(' | tr -d '(' | LC_ALL=C sort)
diff <(sed 's/@.*//' <<< "$exported") - <<< "$declared" || { echo "check_symbols: the headers declare others (>)"; exit 1; }
readelf --dynamic --wide "$library" | grep -q 'SONAME.*\[libsibyl\.so\.[0-9]*\]' || { echo "check_symbols: no soname"; exit 1; }
echo "symbols: $(wc -l <<< "$exported") calls"
