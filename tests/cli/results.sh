#!/usr/bin/env bash
# What goes to standard output, and what happens when nobody takes it.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

run 0 cycles --field 2 --degree 10 --feedback 'x0 + x3*x4 + x7' --output a.h5
silent
run 0 cycles --field 2 --coefficients 1,1 --output never.h5 --dry-run
if [[ -e never.h5 ]]; then fail 'a dry run wrote a file'; fi
if [[ ! -s out ]]; then fail 'a dry run printed no plan'; fi
misuses a.h5 cycles --field 2 --coefficients 1,1 --output a.h5
run 0 cycles --field 2 --degree 10 --feedback 'x0 + x3*x4 + x7' --output a.h5 --force

for format in text json csv latex; do
  run 0 summary a.h5 --format $format
  quiet
  if [[ ! -s out ]]; then fail "summary --format $format printed nothing"; fi
done
run 0 summary --digest a.h5
if [[ ! $(cat out) =~ ^[0-9a-f]{64}$ ]]; then fail 'the digest is not 64 hexadecimal digits'; fi
run 0 check a.h5
prints valid
run 0 export a.h5 --table results/cycles
prints 'register,representative,period'
run 0 export a.h5 --table results/cycles --format jsonl
prints '"representative"'
misuses "no table 'nope'" export a.h5 --table nope

# Basins: the register forgets a cell a step, so the states 2^k to 2^(k + 1) - 1 are k + 1 steps from 0. By trees (no memory
# for another method), with a bound on the rows, and of a nonsingular register.
run 0 cycles --field 2 --degree 3 --feedback 0 --method enumerate --basins --output basins.h5
run 0 export basins.h5 --table results/transient_lengths
prints $'register,below,n_states\n0,2,1\n0,3,2\n0,4,4'
run 0 export basins.h5 --table results/cycles
prints $'register,representative,period,basin_size\n0,0,1,8'
run 0 summary basins.h5
prints 'leaf states      4 without predecessor'
run 0 check basins.h5
prints valid
for method in '' '--memory 16M'; do
  # shellcheck disable=SC2086
  run 0 cycles --field 2 --degree 25 --feedback 'x1 + x3*x5 + x0*x7' --basins $method --output trees.h5 --force
  run 0 summary trees.h5 --digest
  cp out "digest$method"
  run 0 check trees.h5 --steps 1000000000
  prints valid
done
cmp -s digest 'digest--memory 16M' || fail 'basins by two methods differ'
run 0 cycles --field 2 --degree 12 --feedback 'x0 + x3*x5' --basins --store-cycles 1 --output nonsingular.h5
run 0 export nonsingular.h5 --table results/cycles
prints '0,0,1,1'
run 0 check nonsingular.h5

# Rows and columns.
run 0 summary a.h5 --columns id,degree,max_period --where 'degree = 10 and max_period > 1' --format csv
prints 'id,degree,max_period'
prints '1,10,'
run 0 summary a.h5 --top 1 --columns id --format json
prints '{"id": "1"}'
misuses "has no column 'size'" summary a.h5 --columns size
misuses "'degree' is no condition" summary a.h5 --where degree

# The format of HDF5 changes no result. The byte behind the signature is the version of the superblock.
register=(cycles --field 2 --degree 10 --feedback 'x0 + x3*x4 + x7')
run 0 "${register[@]}" --hdf5-format 1.10 --output new.h5
run 0 check new.h5
if [[ $("$gforbit" summary --digest new.h5) != $("$gforbit" summary --digest a.h5) ]]; then fail 'another digest'; fi
for file in a.h5:2 new.h5:3; do
  if [[ $(od -An -tu1 -j8 -N1 "${file%:*}") != *${file#*:} ]]; then fail "${file%:*}: another superblock"; fi
done
misuses 'expected one of 1.8, 1.10' "${register[@]}" --hdf5-format 1.12 --output never.h5

# A file that cannot be read is called what it is by everything that reads one.
# refused_by_all FILE TEXT: by all commands, --resume and stream.
refused_by_all() {
  refuses 3 "$2" summary "$1"
  refuses 3 "$2" check "$1"
  refuses 3 "$2" export "$1" --table results/cycles
  refuses 3 "$2" merge "$1" a.h5 --output never.h5
  refuses 3 "$2" stream --pipeline "hdf5('$1', table='results/cycles') * discard" --output never.h5
  if [[ -f $1 ]]; then
    run 3 cycles --field 2 --coefficients 1,1 --output "$1" --resume
    says "$2"
    says 'replace it with --force'
  fi
}
mkdir folder.h5
: >empty.h5
echo 'a,b' >text.h5
head -c 5000 a.h5 >short.h5
gzip -c a.h5 >packed.h5
refused_by_all none.h5 'does not exist: check its name and folder'
refused_by_all folder.h5 'is a folder, not a result file: name a file in it'
refused_by_all empty.h5 'is empty, so its copy or download failed'
refused_by_all text.h5 'is no HDF5 file, so no result of gforbit'
refused_by_all short.h5 "is truncated: it has 5000 of $(stat -c %s a.h5) bytes"
refused_by_all packed.h5 'is compressed by gzip: unpack it first (gunzip)'
status=0
HDF5_USE_FILE_LOCKING=TRUE flock a.h5 "$gforbit" summary a.h5 >out 2>err || status=$?
what='summary of a locked file'
if ((status != 3)); then fail "$what: exit status $status, expected 3"; fi
says 'is locked by another program that has it open for writing'
run 0 summary a.h5

# A number that is not factored: the row names it, and proven facts are in /runtime/partial. 11^89 - 1 has a
# cofactor that takes far longer than this to split, and all the rest takes milliseconds.
run 5 cycles --field 11 --degree 97 --feedback '2*x0 + x1' --timeout 0.5 --output partial.h5
says 'depends on the prime factors of 11^89 - 1, whose composite cofactor'
run 0 check partial.h5
run 0 export partial.h5 --table results/period_distribution
if (($(wc -l <out) != 1)); then fail 'a register that timed out has a period distribution'; fi
run 0 export partial.h5 --table runtime/partial/period_distribution
prints '0,2783880,2783880,70,70'
run 0 export partial.h5 --table runtime/partial/registers --format jsonl
prints '\"multiplicity\": 2, \"order\": \"10\"'
prints '\"multiplicity\": 1, \"order\": \"0\"}]", "is_irreducible": 0, "n_transient_states_decimal": "0"'

# What algebra does not do is said with what to do instead.
run 5 cycles --field 2 --degree 5 --feedback 'x0 + x1*x2' --method algebraic --output never.h5
says 'this one is nonlinear: use --method enumerate'
run 5 cycles --field 2 --degree 65 --feedback 'x0 + x1*x2' --method algebraic --output never.h5 --force
says 'this one is nonlinear: 2^65 states are more than'
run 5 cycles --field 2 --degree 262145 --feedback 'x0 + x1' --output never.h5 --force
says 'the algebraic method goes up to degree 262144 over GF(2)'

# As many cycles as there are necklaces, far more than a pipe holds. A reader that leaves ends the program quietly, a full disk does not.
"$gforbit" cycles --field 2 --degree 22 --feedback x0 --output long.h5 2>err >out || fail 'a run'
status=0
"$gforbit" export long.h5 --table results/cycles 2>err | head -n 1 >out || status=$?
if ((status != 0)); then fail "a closed pipe: exit status $status"; fi
quiet
true >out
for arguments in "summary a.h5" "check a.h5" "export a.h5 --table results/registers" "--help" "cycles --help"; do
  status=0
  # shellcheck disable=SC2086
  "$gforbit" $arguments 2>err >/dev/full || status=$?
  what="gforbit $arguments >/dev/full"
  if ((status != 4)); then fail "$what: exit status $status, expected 4"; fi
  says 'No space left on device'
done
finish
