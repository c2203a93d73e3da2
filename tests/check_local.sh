#!/bin/bash
# Fails where libsibyl, or a program that is linked with all of the local libraries (base, proto, and the predictor without its
# teams), needs a library of MPI's, or BLACS or ScaLAPACK.
#   check_local.sh PROGRAM_OR_LIBRARY
set -eu
needed=$(readelf --dynamic --wide "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$needed" ] || { echo "check_local: $1 names no libraries"; exit 1; }
if bad=$(grep -E '^lib(mpi|mpich|pmix|open-(rte|pal)|scalapack|blacs)' <<< "$needed"); then
    echo "$1 needs:" $bad
    exit 1
fi
echo "local: $1 needs $(wc -l <<< "$needed") libraries, none of MPI"
