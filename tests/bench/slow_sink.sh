#!/usr/bin/env bash
# Memory of an endless source before a slow sink: resident size once a second, least and most after the first five, and
# the medians of the first and the last quarter of the time, which show whether it grows. What flows is made a thousand
# times faster than it may leave. A checkpoint is kept in memory until it is written, so it is written every five seconds.
# slow_sink.sh PATH/TO/gforbit [SECONDS, 60] [THREADS]
set -euo pipefail
gforbit=$(realpath "$1")
seconds=${2:-60}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$gforbit" stream --pipeline 'range() * map(t = "text", x = value / 3) * delay(0.1) * filter(value % 1000 == 0) * discard' \
  --output slow.h5 --timeout "$seconds" --checkpoint-interval 5 ${3:+--threads "$3"} --progress never 2>log &
program=$!
for ((i = 1; i < seconds; ++i)); do
  sleep 1
  resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$program/status" 2>/dev/null) || break
  if ((i >= 5)); then echo "$resident" >>sizes; fi
done
wait "$program" || true
n=$(wc -l <sizes)
quarter=$(((n + 3) / 4))
median() { sort -n | sed -n "$(((quarter + 1) / 2))p"; }
printf '%s s: resident %s to %s KiB after the first 5 s, median of the first quarter %s, of the last %s; %s\n' "$seconds" \
  "$(sort -n sizes | head -n 1)" "$(sort -n sizes | tail -n 1)" "$(head -n "$quarter" sizes | median)" \
  "$(tail -n "$quarter" sizes | median)" "$(grep -o '[^ ]* items in' log | head -n 1 | cut -d ' ' -f 1,2)"
