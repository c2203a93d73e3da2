#!/bin/bash
# The Debian packages: what is in each, what each needs, and that they fit together: unpacked over one another they are an
# installation, whose program runs and whose library a program is built with.
# usage: debs.sh   (SIBYL: the program; default build/release/bin/sibyl; SIBYL_BINARY_DIR: its build)
set -u
. "$(dirname "$0")/../prelude.sh"
for tool in dpkg-shlibdeps file; do command -v $tool > /dev/null || { echo "skip: no $tool"; exit 77; }; done
cpack -G DEB --config "${SIBYL_BINARY_DIR:-$root/build/release}/CPackConfig.cmake" -B "$work/debs" > log 2>&1 || fail "cpack"
version=$("$sibyl" --version | cut -d' ' -f2) architecture=$(dpkg --print-architecture)
deb() { echo "debs/$1_${version}_$architecture.deb"; }
for package in sibyl libsibyl0 libsibyl-dev; do
    [ -s "$(deb $package)" ] || fail "no $package: $(ls debs)"
    dpkg-deb -x "$(deb $package)" all || fail "$package cannot be unpacked"
    dpkg-deb -c "$(deb $package)" | awk '$1 !~ /^d/ { print $6 }' | sort > $package.files
    grep -q "^\./usr/share/doc/$package/copyright$" $package.files || fail "$package has no licence"
done
sort -m ./*.files | uniq -d | grep . && fail "files of two packages"
need() { dpkg-deb -f "$(deb "$1")" Depends; }
need libsibyl0 | grep -qE 'libc6.*libprotobuf-c1|libprotobuf-c1.*libc6|libc6' || fail "libsibyl0 needs $(need libsibyl0)"
need libsibyl0 | grep -E 'openmpi|scalapack|openblas' && fail "libsibyl0 needs MPI"
need sibyl | grep -q openmpi || fail "sibyl needs no MPI"
[ "$(need libsibyl-dev)" = "libsibyl0 (= $version)" ] || fail "libsibyl-dev needs $(need libsibyl-dev)"
grep -q 'bin/sibyl$' sibyl.files || fail "no program"
grep -q 'man1/sibyl-search.1$' sibyl.files || fail "no manual"
grep -qE 'libsibyl\.so\.[0-9.]*$' libsibyl0.files || fail "no library"
grep -E '\.so$|include/' libsibyl0.files && fail "libsibyl0 has what belongs to libsibyl-dev"
for file in include/sibyl/sibyl.h 'sibyl\.pc' 'SibylConfig\.cmake' 'libsibyl\.so'; do
    grep -q "$file$" libsibyl-dev.files || fail "libsibyl-dev has no $file"
done
dpkg-deb -e "$(deb libsibyl0)" control && grep -q ldconfig control/postinst || fail "nothing tells the loader of the library"

[ "$(all/usr/bin/sibyl --version)" = "sibyl $version" ] || fail "the program does not run"
lib=$work/$(dirname "$(find all -name libsibyl.so)")
pc=$(dirname "$(find "$work/all" -name sibyl.pc)")
# shellcheck disable=SC2046
cc all/usr/share/sibyl/examples/library/score.c -o score $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs sibyl) > log 2>&1 || fail "no program with the library"
LD_LIBRARY_PATH=$lib ./score gone.sibyl gone.sibyl 2>&1 | grep -q 'score: .*gone.sibyl' || fail "the library does not run"
finish "debs: $(cat ./*.files | grep -c .) files in three packages"
