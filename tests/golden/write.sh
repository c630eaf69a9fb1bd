#!/usr/bin/env bash
# write.sh GFORBIT FOLDER: writes the result files and checkpoints that files.sh reads, from the inputs in FOLDER. For a new
# folder of a later version; the files of an earlier version are never written again.
set -euo pipefail
gforbit=$(realpath "$1")
cd "$2"
trap 'rm -f slow' EXIT
quiet=(--quiet --threads 1)

# stopped OUTPUT ARGUMENT...: a run that is stopped 20 ms after its checkpoint is there.
stopped() {
  local output=$1 status=0 pid
  shift
  "$gforbit" "$@" --output "$output" "${quiet[@]}" &
  pid=$!
  until [[ -s $output.ckpt ]]; do sleep 0.001; done
  sleep 0.02
  kill -USR1 "$pid"
  wait "$pid" || status=$?
  ((status == 75)) || { echo "write.sh: $output: exit status $status, expected 75" >&2 && exit 1; }
}

"$gforbit" cycles --batch registers.jsonl --output cycles.h5 "${quiet[@]}"
for part in 1 2; do
  "$gforbit" cycles --batch registers.jsonl --part "$part/2" --output "part-$part.h5" "${quiet[@]}"
done
"$gforbit" scoring --tasks tasks --solvers solvers.json --store-outputs --output scoring.h5 "${quiet[@]}"
"$gforbit" stream --pipelines pipelines.jsonl --output stream.h5 "${quiet[@]}"
stopped stopped-cycles.h5 cycles --batch ranges.jsonl --simd scalar --memory 16M --checkpoint-interval 0.01
touch slow
"$gforbit" scoring --tasks tasks --solvers solvers.json --output stopped-scoring.h5 --wall-limit 1.5 "${quiet[@]}" || (($? == 75))
"$gforbit" stream --pipelines pipelines.jsonl --output stopped-stream.h5 --wall-limit 1.2 "${quiet[@]}" || (($? == 75))

for table in registers cycles period_distribution; do
  "$gforbit" export cycles.h5 --table "results/$table" >"cycles-$table.csv"
done
for table in candidates calls; do "$gforbit" export scoring.h5 --table "results/$table" >"scoring-$table.csv"; done
for table in pipelines squares stats; do "$gforbit" export stream.h5 --table "results/$table" >"stream-$table.csv"; done
rm -f digests.txt
for file in cycles scoring stream part-1 part-2 stopped-cycles stopped-scoring stopped-stream; do
  echo "$("$gforbit" summary --digest "$file.h5") $file" >>digests.txt
done
# What the stopped runs must be resumed to.
"$gforbit" cycles --batch ranges.jsonl --output whole.h5 "${quiet[@]}"
echo "$("$gforbit" summary --digest whole.h5) resumed-cycles" >>digests.txt
rm slow
"$gforbit" scoring --tasks tasks --solvers solvers.json --output whole.h5 --force "${quiet[@]}"
echo "$("$gforbit" summary --digest whole.h5) resumed-scoring" >>digests.txt
"$gforbit" stream --pipelines pipelines.jsonl --output whole.h5 --force "${quiet[@]}"
echo "$("$gforbit" summary --digest whole.h5) resumed-stream" >>digests.txt
rm whole.h5
gzip -9nf ./*.h5 ./*.ckpt
