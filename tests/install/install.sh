#!/usr/bin/env bash
# install.sh BUILD: installs into a prefix and uses what is there as people do: the program, its manual page and
# completion, the report, the libraries by find_package; then the Debian package.
set -euo pipefail
build=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix
cd "$folder"

step() { printf -- '-- %s\n' "$*"; }
fail() {
  echo "FAILED: $*"
  exit 1
}

step "install into a prefix"
cmake --install "$build" --prefix "$prefix" >install.log || fail "$(tail install.log)"
gforbit=$prefix/bin/gforbit
"$gforbit" cycles --config "$prefix/share/gforbit/configs/cycles/zuc.ini" --output a.h5 --progress never 2>/dev/null
"$gforbit" check a.h5

step "FLINT (LGPL) is linked dynamically, so that everybody may replace it"
libraries=$(ldd "$gforbit")
[[ $libraries == *libflint.so* ]] || fail "$libraries"

step "manual page"
page=$prefix/share/man/man1/gforbit.1
for option in $("$gforbit" cycles --help | grep -oE '^  --[a-z-]+' | grep -v -e --help -e --config); do
  grep -qF -- "${option//-/\\-}" "$page" || fail "the manual page lacks $option"
done
if command -v man >/dev/null; then
  warnings=$(man --warnings -l "$page" 2>&1 >man.txt)
  [[ -z $warnings ]] || fail "$warnings"
  grep -q "store-cycles" man.txt || fail "the manual page is not rendered"
fi

step "completion"
# shellcheck source=/dev/null
source "$prefix/share/bash-completion/completions/gforbit"
completes() { # completes EXPECTED WORD...: the last word is being typed
  local expected=$1
  shift
  COMP_WORDS=(gforbit "$@")
  COMP_CWORD=$#
  _gforbit
  [[ ${COMPREPLY[*]} == "$expected" ]] || fail "gforbit $*<TAB>: ${COMPREPLY[*]}, expected $expected"
}
completes "summary" su
completes "--store-cycles" cycles --store
completes "auto algebraic" cycles --method a
completes "all none" cycles --store-cycles ""
completes "" summary a
completes "bash" --completion b

step "report"
[[ -x $prefix/bin/gforbit-report ]] || fail "gforbit-report is not executable"
for python in "${PYTHON:-python3}" /usr/bin/python3; do
  if "$python" -c 'import h5py, pandas, matplotlib' 2>/dev/null; then
    "$python" -B "$prefix/bin/gforbit-report" a.h5 --output report || fail "gforbit-report"
    grep -q "shift register over GF" report/index.html || fail "the report is empty"
    break
  fi
done

step "libraries"
generator=$(sed -n 's/^CMAKE_GENERATOR:INTERNAL=//p' "$build/CMakeCache.txt") # the one that is there
cmake -S "$here/consumer" -B consumer -G "$generator" -DCMAKE_PREFIX_PATH="$prefix" >consumer.log || fail "$(cat consumer.log)"
cmake --build consumer >consumer.log || fail "$(cat consumer.log)"
consumer/consumer >consumer.txt || fail "the consumer ends with $?"
"$gforbit" cycles --field 2 --degree 30 --feedback 'x0 + x3 + x5*x9' --store-cycles all --output d.h5 --progress never \
  2>/dev/null
{
  echo 2147483647
  "$gforbit" export d.h5 --table results/cycles --format csv | sed -n 's/^0,\([0-9]*\),/\1 /p'
} | diff - consumer.txt || fail "the consumer finds other cycles than the program"

if command -v dpkg-shlibdeps >/dev/null; then
  step "Debian package"
  cpack -G DEB --config "$build/CPackConfig.cmake" -B "$folder/deb" >cpack.log 2>&1 || fail "$(cat cpack.log)"
  deb=$(echo "$folder"/deb/*.deb)
  [[ $(dpkg-deb --field "$deb" Depends) == *libflint* ]] || fail "$(dpkg-deb --info "$deb")"
  dpkg-deb --extract "$deb" root
  root/usr/bin/gforbit --version
  [[ -f root/usr/share/man/man1/gforbit.1 && -L root/usr/bin/gforbit-report ]] || fail "$(dpkg-deb --contents "$deb")"
fi
