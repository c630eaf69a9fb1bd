#!/usr/bin/env bash
# fuzz.sh GFORBIT MPIRUN: checkpoints of several moments, damaged at random places in every way in turn. Each is either resumed,
# and ends with the results of an uninterrupted run, or refused as it is, with a message that says what to do.
# GFORBIT_ROUNDS: how many (default: for about 20 s); GFORBIT_SEED: to repeat a run.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

begin_random "${GFORBIT_ROUNDS:-}"
smaller_batch
reference

# Of a run that has begun, one that is in the middle, one that has come as far as it gets.
n=0
for bytes in 200 20000 2000000; do
  start_alone "${slowly[@]}" --output a.h5
  # shellcheck disable=SC2317 # called by eventually
  is_there() { [[ -e a.h5.ckpt ]] && (($(stat -c %s a.h5.ckpt) > bytes)); }
  eventually "$what: no checkpoint of $bytes bytes" is_there || finish
  kill -KILL "$launcher"
  { wait "$launcher"; } 2>/dev/null || true
  mv a.h5.ckpt "good.$((n++))"
done

anywhere() { echo $(((RANDOM * 32768 + RANDOM) % $1)); }
damage() { # damage FILE SIZE WAY: what is written in place must not grow
  local at
  at=$(anywhere "$2")
  case $3 in
    0) flip "$1" "$at" ;;
    1) truncate -s "$at" "$1" ;;
    2) truncate -s "$((at < 500 ? 0 : $2 - at % 500))" "$1" ;; # nothing, or all but the end
    3) head -c $((1 + RANDOM % 4096)) /dev/urandom >>"$1" ;;
    4) head -c $((1 + RANDOM % 4096)) /dev/zero | dd of="$1" bs=4096 oflag=seek_bytes seek="$at" conv=notrunc status=none ;;
    5) head -c $((1 + RANDOM % 4096)) /dev/urandom | dd of="$1" bs=4096 oflag=seek_bytes seek="$at" conv=notrunc status=none ;;
    6) flip "$1" $((at % 400)) ;; # the header, or what follows it
  esac
}

resumed=0
refused=0
for ((round = 0; round < rounds && SECONDS < budget && failures == 0; ++round)); do
  cp "good.$((RANDOM % n))" a.h5.ckpt
  way=$((round % 7))
  damage a.h5.ckpt "$(stat -c %s a.h5.ckpt)" "$way"
  cp a.h5.ckpt damaged
  status=0
  what="round $round, damage of kind $way"
  timeout --kill-after=5 120 "$gforbit" "${batch[@]}" --output a.h5 --resume >out 2>err </dev/null || status=$?
  case $status in
    5)
      resumed=$((resumed + 1))
      same_results a.h5
      ;;
    3)
      refused=$((refused + 1))
      if ! grep -Eq 'start again with --force|remove it, or choose another --output' err; then fail "$what: what to do?"; fi
      cmp -s a.h5.ckpt damaged || fail "$what: a checkpoint that was refused is changed"
      ;;
    *) fail "$what: exit status $status" ;;
  esac
  rm -f a.h5 a.h5.ckpt
done
echo "$resumed resumed, $refused refused"
finish
