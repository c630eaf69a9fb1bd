#!/usr/bin/env bash
# One rank dies: all end soon, the target is as it was before, nothing is left running, the next run works.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

one=(cycles --field 2 --coefficients '1,0,1,1' --progress never --threads 1)
endless=(cycles --field 2 --degree 60 --feedback 'x0 + x7 + x1*x2*x40' --progress never --threads 2)

run 0 0 "${one[@]}" --output old.h5
cp old.h5 copy.h5
for victim in 0 1 2; do
  for output in old.h5 new.h5; do
    start 3 "${endless[@]}" --output "$output" --force
    eventually "$what: no lock file" test -s "$output.lock" || finish
    eventually "$what: no checkpoint" test -s "$output.ckpt" || finish
    kill -KILL "${ranks[victim]}"
    ended_badly
    cmp -s old.h5 copy.h5 || fail "$what: the old file is changed"
    if [[ -e new.h5 ]]; then fail "$what: a file of a run that was killed is there"; fi
  done
done
run 2 2 "${one[@]}" --output new.h5
grep -qF 'new.h5.ckpt' err || fail 'the checkpoint of the run that was killed is not named'
run 2 3 "${one[@]}" --output new.h5 --resume
run 2 0 "${one[@]}" --output new.h5 --force
run 2 0 "${one[@]}" --output old.h5 --force
"$gforbit" check new.h5 >out 2>err || fail 'the next run wrote no valid file'
finish
