#!/usr/bin/env bash
# Commands, flags, help, version: what is misused is told in one sentence and a hint, with exit status 2.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

run 0 --help
quiet
for word in cycles scoring summary check export -- --version; do prints "$word"; done
run 0 --version
quiet
for word in 'gforbit ' 'revision ' 'compiler ' 'MPI ' 'HDF5 ' 'FLINT '; do prints "$word"; done

for command in cycles summary check export; do
  run 0 "$command" --help
  quiet
  prints "Usage: gforbit $command"
  prints 'Examples:'
  run 0 "$command" --unheard-of --help
  quiet
done
run 0 cycles --help
for option in config output force timeout threads memory progress log-format stop-after coalesce dry-run field modulus \
  coefficients feedback degree registers batch method store-cycles simd; do
  prints "--$option"
done
prints 'Exit status:'
if (($(awk '{ if (length($0) > n) n = length($0) } END { print n }' out) > 100)); then fail 'help is wider than 100'; fi

misuses 'which command?'
misuses "unknown command 'cycels'; did you mean 'cycles'?" cycels
misuses "unknown option '--versoin'; did you mean '--version'?" --versoin
misuses "unknown command ''" ''

one=(cycles --field 2 --coefficients '1,1')
misuses "unknown option '--thread'; did you mean '--threads'?" "${one[@]}" --thread 2
misuses "unknown option '--thr'" "${one[@]}" --thr 2
misuses "missing value for '--threads'" "${one[@]}" --threads
misuses "missing value for '--threads'" "${one[@]}" --threads --force
misuses "missing value for '--threads'" "${one[@]}" --threads=
misuses "'--threads' is given twice" "${one[@]}" --threads 1 --threads 2
misuses "'--force' is given twice" "${one[@]}" --force --force
misuses "invalid value '-3' for '--threads': expected an integer from 1 to 8192" "${one[@]}" --threads -3
misuses "invalid value '99999999999999999999' for '--threads'" "${one[@]}" --threads 99999999999999999999
misuses "invalid value 'many' for '--threads'" "${one[@]}" --threads many
misuses "invalid value '80%' for '--memory': expected a size" "${one[@]}" --memory 80%
misuses "invalid value '5m3h' for '--timeout': expected a time" "${one[@]}" --timeout 5m3h
misuses "invalid value 'maybe' for '--force'" "${one[@]}" --force=maybe
misuses "invalid value 'some' for '--store-cycles'" "${one[@]}" --store-cycles some
misuses "invalid value 'magic' for '--method': expected one of auto, algebraic, enumerate" "${one[@]}" --method magic
misuses "unexpected argument 'extra'" "${one[@]}" extra
misuses "unexpected argument '-threads'; did you mean '--threads'?" "${one[@]}" -threads 2
misuses "element 2 is 'x'" cycles --field 2 --coefficients 1,x
misuses 'element 3 is empty' cycles --field 2 --coefficients 1,1,
misuses 'give exactly one of --coefficients, --feedback, --polynomial, --taps, --mask, --system, --registers and --batch; none is given' cycles
misuses "'--coefficients' and '--batch' are given" "${one[@]}" --batch a.jsonl
misuses "'--feedback' needs '--degree'" cycles --field 2 --feedback x0
misuses "'--coefficients' needs '--field'" cycles --coefficients 1
misuses "'--field' and '--batch' exclude each other" cycles --field 2 --batch a.jsonl
misuses "'--field': field order 6 is not a prime power" cycles --field 6 --coefficients 1
misuses "'--feedback': " cycles --field 2 --degree 2 --feedback 'x0 + x2'
misuses "'--coefficients': " cycles --field 2 --coefficients 1,2

misuses 'missing argument FILE.h5' summary
misuses "unexpected argument 'b.h5'" summary a.h5 b.h5
misuses "invalid value 'xml' for '--format': expected one of text, json, csv, latex" summary a.h5 --format xml
misuses "unknown option '--config'" check a.h5 --config a.ini
misuses "missing '--table'" export a.h5
refuses 3 'none.h5' summary none.h5
refuses 3 'none.h5' check none.h5
refuses 3 'none.h5' export none.h5 --table results/cycles

if [[ -n $(ls gforbit-cycles.h5* 2>/dev/null) ]]; then fail 'a misused command left a file'; fi
finish
