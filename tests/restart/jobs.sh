# shellcheck shell=bash
# Sourced by the tests of restarts: a batch of a few seconds with every kind of work, its digest, and what a run that is over
# must leave. Usage of the scripts: NAME.sh PATH/TO/gforbit PATH/TO/mpirun PATH/TO/libtest_faults.so; the last is shim/faults.cpp.
# shellcheck disable=SC2034 # used by the tests
faults=$(realpath "${3:-/dev/null}")
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../mpi/ranks.sh"

# Registers by ranges (scalar and bit-sliced, nonsingular and singular), with walks that are cut, by algebra, whole, equal
# to another, and one that cannot be done.
cat >batch.jsonl <<'JSON'
{"id": "bijection", "field": 3, "degree": 16, "feedback": "x0 + x1*x2^2"}
{"id": "singular", "field": 2, "degree": 28, "feedback": "x1 + x3*x2 + x0*x4 + 1"}
{"id": "bits", "field": 2, "degree": 35, "feedback": "x0 + x3 + x1*x2 + x19"}
{"id": "long walks", "field": 16777259, "degree": 1, "feedback": "x0 + 1"}
{"id": "linear", "field": 2, "coefficients": [1,0,0,1,0,0]}
{"id": "small", "field": 2, "degree": 9, "feedback": "x0 + x3 + x1*x2"}
{"id": "equal", "field": 2, "degree": 9, "feedback": "x2*x1 + x0 + x3"}
{"id": "too large", "field": 2, "degree": 100, "feedback": "x0 + x1*x2"}
JSON
batch=(cycles --batch batch.jsonl --progress never)

# long_run: a register that nobody waits for, for tests that stop it.
# shellcheck disable=SC2034 # used by the tests
long_run=(cycles --field 3 --degree 25 --feedback 'x0 + x1*x2^2' --progress never)

reference() {
  run 0 5 "${batch[@]}" --output reference.h5
  digest=$("$gforbit" summary --digest reference.h5)
}

# same_results FILE: the digest of the reference; a complete and valid file.
same_results() {
  if [[ $("$gforbit" summary --digest "$1") != "$digest" ]]; then fail "$what: other results than without interruption"; fi
  "$gforbit" check "$1" >out 2>err || fail "$what: not valid"
  if ! grep -q ': valid$' out; then fail "$what: not complete"; fi
  if [[ -e $1.ckpt ]]; then fail "$what: the checkpoint is left over"; fi
}

# ended STATUS: the launcher, or the program without one, ends with it, and no rank stays behind.
ended() {
  local status=0 pid
  eventually "$what: it goes on" is_gone "$launcher" || finish
  wait "$launcher" || status=$?
  if ((status != $1)); then fail "$what: exit status $status, expected $1"; fi
  for pid in "${ranks[@]}"; do eventually "$what: rank $pid is left over" is_gone "$pid" || true; done
}

# kill_some: one rank, the launcher or all, or all in the middle of a stop in good order; then nobody is left.
kill_some() {
  case $((RANDOM % 5)) in
    0) kill -KILL "${ranks[RANDOM % ${#ranks[@]}]}" 2>/dev/null || true ;;
    1) kill -KILL "$launcher" 2>/dev/null || true ;;
    2)
      kill -TERM "$launcher" 2>/dev/null || true
      sleep "0.0$((RANDOM % 10))"
      ;;&
    *) kill -KILL "$launcher" "${ranks[@]}" 2>/dev/null || true ;;
  esac
  all_ended || true
}

# begin_random ROUNDS: says with which seed; so many rounds, or if that is empty as many as 20 s allow. Sets `rounds`, `budget`.
begin_random() {
  local seed=${GFORBIT_SEED:-$RANDOM}
  echo "seed $seed"
  RANDOM=$seed
  rounds=${1:-1000000}
  budget=$((${#1} > 0 ? 1000000 : 20))
}

# flip FILE BYTE: one bit of that byte.
flip() {
  local value
  value=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf '%b' "\\x$(printf %02x $((value ^ 1 << RANDOM % 8)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# smaller_batch: the batch in half a second of one core; `slowly`: in ten, with steps one by one, for what is interrupted.
smaller_batch() {
  sed -i 's/"degree": 16/"degree": 14/; s/"degree": 28/"degree": 21/; s/"degree": 35/"degree": 30/' batch.jsonl
  slowly=("${batch[@]}" --simd scalar --threads 1 --checkpoint-interval 0.1)
}

# freeze PID: stops it until a SIGCONT; it has stopped when this returns.
freeze() {
  kill -STOP "$1"
  eventually "$what: process $1 does not stop" is_frozen "$1" || finish
}
is_frozen() { [[ $(ps -o stat= -p "$1") == T* ]]; }

# start_alone ARGUMENT...: as start, without a launcher. A shell starts what runs in the background with SIGINT ignored, which
# gforbit would respect.
start_alone() {
  what="in the background: gforbit $*"
  env --default-signal=INT "$gforbit" "$@" >out 2>err <"${stdin:-/dev/null}" &
  launcher=$!
  ranks=("$launcher")
  started+=("$launcher")
}

# has_results FILE: its checkpoint holds ranges of some register.
has_results() { [[ -e $1.ckpt ]] && (($(stat -c %s "$1.ckpt") > 20000)); }

says() { if ! grep -qF -- "$1" err; then fail "$what: stderr lacks: $1"; fi; }
has() { grep -qF -- "$1" "$2"; }
