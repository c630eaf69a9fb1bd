# shellcheck shell=bash
# Sourced by the tests on a real Slurm: two nodes on this machine, the shipped scripts, one batch and its digest. Usage of the
# scripts: NAME.sh PATH/TO/gforbit. They print what differs and end with 1 if anything did; 77: Slurm is not there, or
# cannot start.
set -euo pipefail

gforbit=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
scripts=$(realpath "$here/../../slurm")
PATH=$PATH:/usr/sbin
for tool in slurmctld slurmd srun sbatch munged; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: no $tool here; Debian's slurm-wlm and munge have it"
    exit 77
  fi
done

folder=$(mktemp -d)
chmod 755 "$folder" # munge wants its socket to be reachable for all
state=$folder/slurm
clean_up() {
  SLURM_LOCAL_KILLWAIT=2 "$here/slurm_local.sh" down "$state" >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap clean_up EXIT
if ! SLURM_LOCAL_NODES=2 SLURM_LOCAL_CPUS=4 SLURM_LOCAL_REQUEUE=5 "$here/slurm_local.sh" up "$state" >"$folder/up" 2>&1; then
  cat "$folder/up"
  echo "skipped: Slurm does not start here: $(tail -n 1 "$folder/up")"
  exit 77
fi
eval "$("$here/slurm_local.sh" env "$state")"
if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
export GFORBIT=$gforbit GFORBIT_SLURM=$scripts
unset OMP_NUM_THREADS
cd "$folder"

failures=0
fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$1"
  head -c 6000 ./*.out || true
}

cat >batch.jsonl <<'JSON'
{"id": "bijection", "field": 3, "degree": 17, "feedback": "x0 + x1*x2^2"}
{"id": "singular", "field": 2, "degree": 28, "feedback": "x1 + x3*x2 + x0*x4 + 1"}
{"id": "bits", "field": 2, "degree": 36, "feedback": "x0 + x3 + x1*x2 + x19"}
{"id": "equal", "field": 3, "degree": 17, "feedback": "x2^2*x1 + x0"}
JSON
batch=(cycles --batch batch.jsonl)
"$gforbit" "${batch[@]}" --progress never --output reference.h5 2>/dev/null
digest=$("$gforbit" summary --digest reference.h5)
same_results() {
  if [[ ! -e $1 ]] || [[ $("$gforbit" summary --digest "$1") != "$digest" ]]; then fail "$1: other results"; fi
}

state_of() { squeue -h -j "$1" -t all -o %T | sort -u | tr '\n' ' '; }
eventually() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 600; ++tries)); do
    if "$@"; then return 0; fi
    sleep 0.2
  done
  fail "$what"
  return 1
}
has_ended() { [[ $(state_of "$1") =~ ^(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|OUT_OF_MEMORY)\ $ ]]; }

# submit ARGUMENT...: waits for the end; the exit status is the job's, the highest of an array.
submit() {
  local job
  job=$(sbatch --parsable --time=00:05:00 "$@")
  eventually "sbatch $* does not end" has_ended "$job" || return 1
  return "$(scontrol show job "$job" | sed -nE 's/.* ExitCode=([0-9]+):.*/\1/p' | sort -n | tail -n 1)"
}

# has_ended_in_parts JOB LOG...: with limit.ini. Its vectors are short until a run goes on in one of each LOG, so that the limit ends
# the first run also where the machine is fast; each run gets more time than the one before, so that they get done also where
# others use the machine.
begin=0
begin_in_parts() {
  begin=$SECONDS
  printf 'wall-limit = 4\nsimd = sse2\n' >limit.ini
}
has_ended_in_parts() {
  local job=$1 log simd=auto
  shift
  for log in "$@"; do
    # LOG may be a pattern: one log of those of an array
    if ! compgen -G "$log" | xargs -r grep -qs 'resumed from'; then simd=sse2; fi
  done
  printf 'wall-limit = %d\nsimd = %s\n' "$((4 + (SECONDS - begin) / 10))" "$simd" >limit.new && mv limit.new limit.ini
  has_ended "$job"
}

# slowly SCRIPT NAME: the batch by a script, with steps one by one until some ranges are in its checkpoint; sets `job`.
# shellcheck disable=SC2034
slowly() {
  echo 'simd = scalar' >"$2.ini"
  job=$(sbatch --parsable --cpus-per-task=1 --time=00:05:00 "$scripts/$1" "${batch[@]}" --output "$2.h5" \
    --config "$2.ini" --checkpoint-interval 0.5)
  # shellcheck disable=SC2317 # called by eventually
  has_ranges() { [[ -e $1 ]] && (($(stat -c %s "$1") > 20000)); }
  eventually "$2: no ranges in the checkpoint" has_ranges "$2.h5.ckpt" || true
  rm "$2.ini"
  touch "$2.ini"
}

finish() {
  if ((failures > 0)); then
    echo "$failures differences"
    exit 1
  fi
}
