#!/bin/sh
# own_copies.sh ARCHIVE: makes the weak symbols of the vector levels' object files local to them.
#
# Inline functions and instances of templates are weak symbols: of all files that have a copy the linker keeps one. A
# copy from a file that is compiled for new processors would be run by the whole program, on old ones too, which ends
# it by SIGILL. So each of these files keeps copies of its own.
#
# The tools come from AR, NM, LD and OBJCOPY.
set -eu

archive=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for object in $("$AR" t "$archive" | grep -E '_(bmi2|avx2|avx512|avx512_popcount|avx512_vbmi)\.cpp\.o$'); do
  "$AR" x "$archive" "$object"
  # Weak symbols stand in groups that the linker drops as a whole; they are dissolved first.
  "$LD" -r --force-group-allocation -o merged.o "$object"
  "$NM" --defined-only merged.o | awk '$2 ~ /[WwVvu]/ {print $3}' > weak
  [ -s weak ] || continue  # objcopy fails for an empty list
  "$OBJCOPY" --localize-symbols=weak merged.o "$object"
  "$AR" r "$archive" "$object"
done
