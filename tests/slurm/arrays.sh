#!/usr/bin/env bash
# arrays.sh GFORBIT: a job array on a real Slurm: parts that reach their limit go back in the queue, each alone, and the merge
# waits for all of them.
# shellcheck source=tests/slurm/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

# The merge is submitted with the array, and what comes after that.
begin_in_parts
array=$(sbatch --parsable --array=0-2 --cpus-per-task=1 --time=00:05:00 "$scripts/array.sh" 3 "${batch[@]}" \
  --config limit.ini --output all.h5)
merge=$(sbatch --parsable --dependency="afterany:$array" "$scripts/merge.sh" 3 all.h5)
post=$(sbatch --parsable --dependency="afterok:$merge" --kill-on-invalid-dep=yes "$scripts/post.sh" all.h5)
eventually 'array, merge and post do not end' has_ended_in_parts "$post" "gforbit-part.${array}_*.out" || true
same_results all.h5
if [[ ! -s all-periods.csv ]]; then fail 'post.sh wrote no table'; fi
put_back=$(grep -l 'resumed from' "gforbit-part.${array}"_*.out || true)
if [[ -z $put_back ]]; then fail 'no part was put back in the queue'; fi
for log in $put_back; do
  if (($(grep -c 'stops within' "$log") < 2)); then fail "$log lost its first log"; fi
done

# Some tasks only: the merge says which parts are missing, and these are enough to be submitted.
submit --array=1,2 --cpus-per-task=1 "$scripts/array.sh" 3 "${batch[@]}" --output some.h5 || fail 'some tasks of an array'
status=0
submit --output=early.out "$scripts/merge.sh" 3 some.h5 || status=$?
if ((status != 3)) || ! grep -q 'missing or incomplete: 3' early.out; then fail "a merge of too few parts: $status"; fi
submit --array=3 --cpus-per-task=1 "$scripts/array.sh" 3 "${batch[@]}" --output some.h5 || fail 'the last task of an array'
submit "$scripts/merge.sh" 3 some.h5 || fail 'merge.sh'
same_results some.h5

finish
