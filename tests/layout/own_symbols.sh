#!/usr/bin/env bash
# own_symbols.sh ARCHIVE: no file that is compiled for some processors only shares a symbol with others. The linker
# keeps one copy of a weak symbol; if that is for newer processors, the program dies on older ones.
set -euo pipefail

symbols=$(nm --defined-only -A -C "$1" | grep -E '_(bmi2|avx2|avx512|avx512_popcount|avx512_vbmi)\.cpp\.o:' || true)
if [[ -z $symbols ]]; then
  echo "own_symbols.sh: no vector levels in $1"
  exit 77
fi
if weak=$(grep -E ' [WwVvu] ' <<< "$symbols"); then
  echo "own_symbols.sh: the linker may give these to the whole program:"
  head -n 20 <<< "$weak"
  exit 1
fi
