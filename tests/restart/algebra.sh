#!/usr/bin/env bash
# Algebra that finds no end is stopped: the progress says what it is at, and what it has proven is saved.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

# has_partial FILE TEXT...: the table of what is proven names each of them.
has_partial() {
  local file=$1 text
  shift
  "$gforbit" check "$file" >out 2>err2 || fail "$what: the output of a stopped run is not valid"
  "$gforbit" export "$file" --table runtime/partial/registers --format jsonl >partial
  for text; do
    if ! has "$text" partial; then fail "$what: /runtime/partial lacks: $text"; fi
  done
}

# 2^3227 - 1 has a composite cofactor of more than 700 digits. On one rank and on another one.
resisting=(cycles --field 2 --degree 4000 --feedback 'x0 + x999' --output a.h5 --progress always --threads 1)
# shellcheck disable=SC2317 # called by eventually
searches() { [[ -e err ]] && has 'factoring 2^3227 - 1: composite cofactor of ' err && has 'elliptic curve ' err; }
for n in 0 2; do
  if ((n == 0)); then
    start_alone "${resisting[@]}"
  else
    start 2 "${resisting[@]}" --force
  fi
  eventually "$what: it does not say what it is at" searches || finish
  begin=$SECONDS
  kill -USR1 "$launcher"
  ended 75
  if ((SECONDS - begin > 10)); then fail "$what: a stop took $((SECONDS - begin)) s"; fi
  has_partial a.h5 '"is_irreducible": 0' '"is_primitive": 0' '"resisting_number": "2^3227 - 1"' '"known_prime_factors": "127 * 2767 * ' \
    '"factorization": "[{'
done
rm a.h5 a.h5.ckpt

# A polynomial whose factoring takes minutes, in calls of tenths of a second.
terms=x0
for ((cell = 1; cell < 8000; cell += 3)); do terms+=" + $((2 + cell % 250))*x$cell"; done
printf 'field = 256\ndegree = 8000\nfeedback = %s\n' "$terms" >dense.ini
# shellcheck disable=SC2317 # called by eventually
factors() { [[ -e err ]] && has 'factoring the characteristic polynomial of degree 8000' err; }
start_alone cycles --config dense.ini --output b.h5 --progress always --threads 1
eventually "$what: it does not say what it is at" factors || finish
kill -INT "$launcher"
ended 75
has_partial b.h5 '"register": 0' '"characteristic_polynomial": "'

finish
