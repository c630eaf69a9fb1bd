# shellcheck shell=bash
# Sourced by the tests of the command line: runs the program in a folder of its own and compares status and messages.
# Usage of the scripts: NAME.sh PATH/TO/gforbit. Prints what differs; the script ends with 1 if anything did.
set -euo pipefail

gforbit=$(realpath "$1")
export gforbit
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failures=0
count=0

# fail WHAT: one difference, with the two outputs.
fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n--- stdout\n%s\n--- stderr\n%s\n' "$1" "$(head -c 2000 out)" "$(head -c 2000 err)"
}

# run STATUS ARGUMENT...: runs gforbit and keeps its output in the files out and err; compares the exit status.
# `input=FILE run ...` gives it the file through a pipe.
run() {
  local expected=$1 status=0
  shift
  "$gforbit" "$@" >out 2>err < <(cat "${input:-/dev/null}") || status=$?
  count=$((count + 1))
  what="gforbit $*"
  if ((status != expected)); then fail "$what: exit status $status, expected $expected"; fi
}

# says TEXT: stderr contains the text. prints TEXT: stdout does. quiet: stderr is empty. silent: stdout is empty.
says() { if ! grep -qF -- "$1" err; then fail "$what: stderr lacks: $1"; fi; }
prints() { if ! grep -qF -- "$1" out; then fail "$what: stdout lacks: $1"; fi; }
quiet() { if [[ -s err ]]; then fail "$what: stderr is not empty"; fi; }
silent() { if [[ -s out ]]; then fail "$what: stdout is not empty"; fi; }

# refuses STATUS TEXT ARGUMENT...: nothing on stdout, a message that begins with the program's name and holds TEXT.
refuses() {
  local status=$1 text=$2
  shift 2
  run "$status" "$@"
  silent
  says "$text"
  if [[ $(head -c 9 err) != "gforbit: " ]]; then fail "$what: the message does not begin with 'gforbit: '"; fi
}

# misuses TEXT ARGUMENT...: exit 2, and the hint of the command as the last line.
misuses() {
  local text=$1 hint="Try 'gforbit --help'."
  shift
  refuses 2 "$text" "$@"
  case ${1:-} in
    cycles | scoring | stream | search | cancel | describe | convert | synthesize | summary | check | merge | export | locate | distance | jump | orbit | verify) hint="Try 'gforbit $1 --help'." ;;
  esac
  if [[ $(tail -n 1 err) != "$hint" ]]; then fail "$what: the last line is not: $hint"; fi
}

finish() {
  echo "$count runs, $failures differences"
  if ((failures > 0)); then exit 1; fi
}
