#!/bin/bash
# Fails on an include that points up the layers, on rooms (folders) that include one another in a circle, on a file name that
# is there twice, and on MPI, BLACS or ScaLAPACK used outside comm/ and tests/.
# Layers: jobs -> search -> predictor -> comm, proto -> base; library -> search, predictor, proto, base, as far as they lead to no
# MPI. The public headers in include/ are for library/ and for others' programs alone, and know nothing of the rooms. Tests may
# include anything.
#   check_layers.sh [ROOT]     ROOT: the source tree (default: the one this script is in)
# Before it judges ROOT it shows, on a small tree of its own, that bad sources make it fail.
set -eu
root=${1:-$(cd "$(dirname "$0")/.." && pwd)}

# check TREE: one line on stdout per mistake; status 1 if there is any, 2 if there is nothing to check.
check() {
    perl - "$1" <<'PERL'
use strict;
use warnings;
use File::Find;
my $root = shift;
my %may = (
    base => 'base',
    proto => 'proto base',
    comm => 'comm proto base',
    predictor => 'predictor comm proto base',
    search => 'search predictor comm proto base',
    jobs => 'jobs search predictor comm proto base',
    library => 'library search predictor proto base',
    include => '',
);
my ($files, $bad) = (0, 0);
my (%uses, %seen); # room -> room it includes -> where; file name -> its path
my %includes;      # file -> the files it includes
for my $folder (sort keys %may) {
    my %allowed = map { $_ => 1 } split ' ', $may{$folder};
    my @paths;
    # The examples are programs of others.
    find(sub { push @paths, $File::Find::name if /\.[ch]$/ && $File::Find::name !~ m{/jobs/examples/} }, "$root/$folder") if -d "$root/$folder";
    for my $path (sort @paths) {
        my $inside = substr($path, length("$root/"));
        my ($room, $base) = $inside =~ m{^(.*)/([^/]+)$};
        # Public headers are named as callers name things, in a folder of their own.
        if ($seen{$base} && $folder ne 'include') {
            print "$inside: $seen{$base} has this name already\n";
            $bad++;
        }
        $seen{$base} = $inside unless $folder eq 'include';
        open(my $in, '<', $path) or die "check_layers: $path: $!\n";
        my $text = do { local $/; <$in> } // '';
        close $in;
        $files++;
        # Comments become blank, their line ends stay; what stands in quotes is kept.
        $text =~ s{("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(/\*.*?\*/|//[^\n]*)}
                  { defined $1 ? $1 : "\n" x ($2 =~ tr/\n//) }gsex;
        my $number = 0;
        for my $line (split /\n/, $text) {
            $number++;
            my $where = "$inside:$number";
            if ($line =~ /^\s*#\s*include\s*"([^"]*)"/) {
                my $name = $1;
                push @{$includes{$inside}}, $name;
                my ($to_room) = $name =~ m{^([a-z]+(?:/[a-z_]+)*)/[^/]+$};
                my ($to) = ($to_room // '') =~ m{^([a-z]+)};
                if (!defined $to) {
                    print "$where: include \"$name\": write it with its folder, \"$folder/...\"\n";
                    $bad++;
                } elsif (!$allowed{$to}) {
                    print "$where: $folder/ may not include \"$name\"; it may use: $may{$folder}\n";
                    $bad++;
                } elsif ($to_room ne $room) {
                    $uses{$room}{$to_room} //= $where;
                }
                next;
            }
            if ($line =~ /^\s*#\s*include\s*<sibyl\// && $folder !~ /^(library|include)$/) {
                print "$where: a public header outside library/\n";
                $bad++;
            }
            next if $folder eq 'comm';
            if ($line =~ /^\s*#\s*include\s*<mpi[^>]*>/) {
                print "$where: mpi.h outside comm/\n";
                $bad++;
            }
            $line =~ s/"(?:\\.|[^"\\])*"//g;
            if ($line =~ /\b(P?MPI_\w+|C(?:blacs_|sys2blacs_|free_blacs_)\w+|blacs_\w+_|numroc_|descinit_|p[sdcz][a-z0-9]{4,6}_)\b/) {
                print "$where: $1 outside comm/\n";
                $bad++;
            }
        }
    }
}
# A room that can be reached from one that it includes closes a circle.
for my $room (sort keys %uses) {
    for my $next (sort keys %{$uses{$room}}) {
        my (%reached, @todo) = ();
        @todo = ($next);
        while (defined(my $at = pop @todo)) {
            push @todo, grep { !$reached{$_}++ } keys %{$uses{$at} // {}};
        }
        next unless $reached{$room};
        print "$uses{$room}{$next}: $room/ includes $next/, which leads back to $room/\n";
        $bad++;
    }
}
for my $file (sort keys %includes) {
    next unless $file =~ m{^(library|search/spaces)/|^predictor/((inputs|kernels|model|scoring)/|gp/gp_model)} && $file !~ m{_team\.[ch]$};
    my (%from, @todo) = ();
    @todo = ($file);
    while (defined(my $at = shift @todo)) {
        for my $next (grep { !exists $from{$_} } @{$includes{$at} // []}) {
            $from{$next} = $at;
            push @todo, $next;
        }
    }
    for my $bad_one (grep { m{^comm/} } sort keys %from) {
        print "$file: is local, but includes $bad_one (in $from{$bad_one})\n";
        $bad++;
    }
}
if (!$files) {
    print "no sources under $root\n";
    exit 2;
}
print "layers: $files files, $bad mistakes\n";
exit($bad ? 1 : 0);
PERL
}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# expect STATUS FILE LINE...: with FILE holding these lines (beside good files), check() ends with STATUS. ROOM_FILE, ROOM_LINE:
# one more file with one line.
expect() {
    local want=$1 file=$2 got=0
    shift 2
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/{base,proto,comm,predictor,search,jobs,library,tests} "$tree"/include/sibyl "$tree"/search/spaces "$tree"/jobs/{a_room,other} "$tree"/predictor/{gp,scoring}
    printf '#include "base/a.h"\n#include <mpi.h>\nint f(void) { return MPI_Init(0, 0); }\n' >"$tree/comm/good.c"
    printf '#include "search/a.h"\n#include <mpi.h>\n' >"$tree/tests/good.c"
    printf '%s\n' "$@" >"$tree/$file"
    [ -z "${ROOM_FILE:-}" ] || printf '%s\n' "$ROOM_LINE" >"$tree/$ROOM_FILE"
    check "$tree" >"$tree/said" || got=$?
    if [ "$got" != "$want" ]; then
        echo "check_layers: self-test: status $got where $want was due, for $file with: $*"
        cat "$tree/said"
        exit 1
    fi
}
expect 0 jobs/a.c '#include "search/a.h"' '#include "base/a.h"' '#include <stdio.h>'
expect 0 predictor/a.c '#include "comm/a.h"' '#include "proto/a.pb-c.h"'
expect 0 base/a.c '/* MPI_Abort, and #include "jobs/a.h",' ' * are only named here */' '// MPI_Init'
expect 0 base/a.c 'const char *s = "MPI_Init /* ";' 'const char *prefix = "OMPI_";' 'int OMPI_x;'
expect 1 base/a.h '#include "proto/a.h"'
expect 1 proto/a.h '#include "comm/a.h"'
expect 1 comm/a.c '#include "predictor/a.h"'
expect 1 predictor/a.c '  #  include "search/a.h"'
expect 1 search/a.c '/* a' ' b */ #include "jobs/a.h"'
expect 1 search/a.c '#include "tests/a.h"'
expect 1 jobs/a.c '#include "a.h"'
expect 1 jobs/a.c '#include "../search/a.h"'
expect 1 predictor/a.c '#include <mpi.h>'
expect 1 search/a.c 'const char *s = "/*"; int n = MPI_Barrier(c); /* */'
expect 1 jobs/a.c 'int n = PMPI_Barrier(c);'
expect 1 predictor/a.c 'void f(void) { pdpotrf_("L"); }'
expect 1 predictor/a.c 'int n = Csys2blacs_handle(c);'
expect 0 predictor/a.c 'void f(void) { dpotrf_("L"); /* not pdpotrf_ */ }'
expect 0 jobs/a_room/a.c '#include "search/a_room/a.h"' '#include "jobs/other/b.h"' '#include "jobs/a_room/a.h"'
expect 1 jobs/a_room/a.c '#include "../other/a.h"'
expect 1 proto/a.c '#include "search/a_room/a.h"'
ROOM_FILE=jobs/other/b.c ROOM_LINE='#include "jobs/a_room/a.h"' expect 1 jobs/a_room/a.c '#include "jobs/other/b.h"'
ROOM_FILE=jobs/other/b.c ROOM_LINE='#include "jobs/b.h"' expect 0 jobs/a_room/a.c '#include "jobs/other/b.h"'
ROOM_FILE=jobs/other/a.c ROOM_LINE='#include "jobs/b.h"' expect 1 jobs/a_room/a.c '#include "jobs/b.h"'
ROOM_FILE=predictor/gp/b.h ROOM_LINE='#include "comm/a.h"' expect 1 predictor/scoring/a.c '#include "predictor/gp/b.h"'
ROOM_FILE=predictor/gp/b.h ROOM_LINE='#include "base/a.h"' expect 0 predictor/scoring/a.c '#include "predictor/gp/b.h"'
expect 0 predictor/scoring/a_team.c '#include "comm/a.h"'
expect 0 library/a.c '#include "search/spaces/a.h"' '#include "library/b.h"' '#include <sibyl/a.h>'
expect 1 library/a.c '#include "comm/a.h"'
expect 1 library/a.c '#include "jobs/a.h"'
expect 1 search/a.c '#include "library/a.h"'
expect 1 search/a.c '#include <sibyl/a.h>'
expect 0 include/sibyl/a.h '#include <sibyl/b.h>' '#include <stddef.h>'
expect 1 include/sibyl/a.h '#include "base/a.h"'
ROOM_FILE=predictor/scoring/b.h ROOM_LINE='#include "base/a.h"' expect 0 library/a.c '#include "predictor/scoring/b.h"'
ROOM_FILE=predictor/scoring/b_team.h ROOM_LINE='#include "comm/a.h"' expect 1 library/a.c '#include "predictor/scoring/b_team.h"'
ROOM_FILE=base/a.h ROOM_LINE='int a;' expect 0 include/sibyl/a.h '#include <sibyl/b.h>'

check "$root"
