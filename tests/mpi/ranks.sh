# shellcheck shell=bash
# Sourced by the tests with several ranks: a folder of its own, an environment in which mpirun starts any number of ranks on
# one machine, and what is compared. Usage of the scripts: NAME.sh PATH/TO/gforbit PATH/TO/mpirun.
set -euo pipefail

gforbit=$(realpath "$1")
mpirun=$2
folder=$(mktemp -d)
cd "$folder"
failures=0
started=() # processes that must be gone at the end

# More ranks than cores, over loopback, perhaps in a container, perhaps as root.
export OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset OMP_NUM_THREADS

# On the way out nothing that was started here stays, whatever went wrong.
clean_up() {
  local pid
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap clean_up EXIT

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n--- stdout\n%s\n--- stderr\n%s\n' "$1" "$(head -c 2000 out)" "$(head -c 4000 err)"
}

# run RANKS STATUS ARGUMENT...: runs gforbit on so many ranks, 0 for no launcher; output in the files out and err.
run() {
  local ranks=$1 expected=$2 status=0 launch=()
  shift 2
  if ((ranks > 0)); then launch=("$mpirun" -n "$ranks"); fi
  what="$ranks ranks: gforbit $*"
  timeout --kill-after=5 120 "${launch[@]}" "$gforbit" "$@" >out 2>err </dev/null || status=$?
  if ((status != expected)); then fail "$what: exit status $status, expected $expected"; fi
}

# says_once TEXT: one line of stderr, and no other, holds the text.
says_once() {
  local lines
  lines=$(grep -cF -- "$1" err || true)
  if ((lines != 1)); then fail "$what: $lines lines instead of one say: $1"; fi
}

# eventually WHAT COMMAND...: waits, half a minute at most, until the command succeeds.
eventually() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 300; ++tries)); do
    if "$@"; then return 0; fi
    sleep 0.1
  done
  fail "$what"
  return 1
}

is_gone() { ! kill -0 "$1" 2>/dev/null || [[ $(ps -o stat= -p "$1") == Z* ]]; }

# has_ranks N: the launcher has started so many processes; sets `ranks`.
has_ranks() {
  mapfile -t ranks < <(pgrep -P "$launcher" -x "${gforbit##*/}")
  ((${#ranks[@]} == $1))
}

# start RANKS ARGUMENT...: in the background, with the file $stdin if that is set; sets `launcher` and, once they all are there, `ranks` to their processes.
start() {
  local n=$1
  shift
  what="$n ranks in the background: gforbit $*"
  "$mpirun" -n "$n" "$gforbit" "$@" >out 2>err <"${stdin:-/dev/null}" &
  launcher=$!
  started+=("$launcher")
  eventually "$what: not all ranks came" has_ranks "$n" || finish
  started+=("${ranks[@]}")
}

# On a machine under load Open MPI 4.1's mpirun sometimes reports the dead rank, ends the others and then waits for ever;
# that is not ours.
launcher_hangs() { grep -q 'PMIX ERROR: UNREACHABLE' err && grep -q 'noticed that process rank' err; }
launcher_ended() {
  if launcher_hangs; then kill -KILL "$launcher" 2>/dev/null || true; fi
  is_gone "$launcher"
}

# all_ended: no rank stays behind, nor does the launcher; the status of the launcher, or of the program without one.
all_ended() {
  local pid
  for pid in "${ranks[@]}"; do eventually "$what: rank $pid is left over" is_gone "$pid" || finish; done
  eventually "$what: the launcher goes on" launcher_ended || finish
  { wait "$launcher"; } 2>/dev/null # without the shell's word on what was killed
}

# ended_badly: the same, with a status that is not 0.
ended_badly() { if all_ended; then fail "$what: exit status 0"; fi; }

finish() {
  if ((failures > 0)); then
    echo "$failures differences"
    exit 1
  fi
  exit 0
}
