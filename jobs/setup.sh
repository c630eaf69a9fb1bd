# From a bare machine to a built program. Sourced by jobs/run.sh and tests/run.sh, so that packages and build settings
# stand in one place. Everything here speaks on stderr and writes the commands' own output to build/setup.log.
# shellcheck shell=bash disable=SC2034 # the package lists are used by the scripts that source this

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
log=$build/setup.log

# Debian's names. Where there is no apt they are read to the user as what to look for among modules.
program_packages=(g++ cmake ninja-build libopenmpi-dev openmpi-bin libhdf5-dev libboost-dev
  libboost-program-options-dev libflint-dev libgmp-dev nlohmann-json3-dev libfmt-dev libssl-dev
  zlib1g-dev libzstd-dev libkissfft-dev)
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev zstd python3-h5py python3-pandas
  python3-matplotlib python3-pytest python3-xarray python3-h5netcdf)
full_test_packages=(shellcheck clang-format hdf5-tools dpkg-dev man-db libtbb-dev slurm-wlm munge procps
  chromium chromium-driver python3-selenium r-bioc-rhdf5 r-cran-bit64 octave)
# Services that come with these. The tests start daemons of their own; the machine's stay off, now and at the next boot.
unwanted_services=(munge slurmctld slurmd)

say() { printf 'gforbit: %s\n' "$*" >&2; }

# quietly WHAT COMMAND...: the command's output goes to the log; its end is shown if the command fails. Returns 0 or 1,
# so that a failed set-up ends as gforbit itself would: 1 is "environment failure".
quietly() {
  local what=$1 status=0 running watcher
  shift
  printf '\n$ %s\n' "$*" >>"$log"
  exec {running}> >(show_progress "$what")
  watcher=$!
  "$@" {running}>&- >>"$log" 2>&1 </dev/null || status=$?
  exec {running}>&-
  wait "$watcher" || true
  if ((status != 0)); then
    say "$what failed (exit status $status); the end of $log:"
    tail -n 40 "$log" >&2
    return 1
  fi
}

# show_progress WHAT: until its input ends, the last line of the log: on a terminal whenever it changes, elsewhere with the date
# once in `progress_interval` seconds.
progress_interval=60
show_progress() {
  local what=$1 line shown='' next=$((SECONDS + progress_interval)) width status
  width=$(tput cols 2>/dev/null || echo 80)
  while :; do
    status=0
    read -r -t 0.5 || status=$?
    if ((status <= 128)); then break; fi # no time-out: the command is over
    line=$(tail -n 1 "$log")
    if [[ ! -t 2 ]]; then
      if ((SECONDS < next)); then continue; fi
      say "$(date -u +%FT%TZ) $what: ${line:0:120}"
      next=$((SECONDS + progress_interval))
    elif [[ $line != "$shown" ]]; then
      printf '\r\033[K%s' "${line:0:width-1}" >&2
      shown=$line
    fi
  done
  if [[ -n $shown ]]; then printf '\r\033[K' >&2; fi
}

# One set-up at a time in one checkout: the tasks of a job array may all start with jobs/run.sh.
start_setup() {
  mkdir -p "$build"
  exec {setup_lock}>"$build/setup.lock"
  if command -v flock >/dev/null; then flock "$setup_lock"; fi
  : >"$log"
}
end_setup() { exec {setup_lock}>&-; }

missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "$package installed" <<<"$installed" || echo "$package"
  done
}

# need_packages PACKAGE...: installs what is missing where that is possible. It never ends the script: libraries may
# come from elsewhere (modules, /usr/local), and CMake names what it does not find.
need_packages() {
  local missing=() become=()
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    if [[ ! -f $build/CMakeCache.txt ]]; then
      say "there is no apt here. Needed are the equivalents of these Debian packages: $*"
      say "load them as modules if CMake does not find them; continuing with what it finds"
    fi
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi

  if ((EUID != 0)); then
    become=(sudo)
    [[ -t 2 ]] || become=(sudo -n)
    if ! command -v sudo >/dev/null || ! "${become[@]}" true; then
      say "these packages are missing, and neither root nor sudo is at hand to install them: ${missing[*]}"
      say "ask for: apt-get install --no-install-recommends ${missing[*]}"
      say "continuing with what CMake finds"
      return 0
    fi
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  # With SYSTEMD_OFFLINE systemctl changes files only: no service of a new package starts.
  local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -o DPkg::Lock::Timeout=300)
  local before after
  before=$(services_there)
  quietly "apt-get update" "${apt[@]}" update || say "trying with the package lists that are there"
  quietly "apt-get install" "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
    say "continuing with what CMake finds"
  mapfile -t after < <(comm -13 <(echo "$before") <(services_there))
  if ((${#after[@]} > 0)) && command -v systemctl >/dev/null; then
    quietly "keeping services off" "${become[@]}" env SYSTEMD_OFFLINE=1 systemctl disable "${after[@]}" || true
  fi
}

# Of the unwanted services those that are installed: a service the machine had before is left as it is.
services_there() {
  local service
  for service in "${unwanted_services[@]}"; do
    if [[ -e /lib/systemd/system/$service.service ]]; then echo "$service"; fi
  done
}

# A checkout that was moved or copied brings a build folder of another place.
configured_here() { grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$1/CMakeCache.txt"; }
configured() { configured_here "$build" && [[ -f $build/build.ninja || -f $build/Makefile ]]; }

# configure FOLDER CMAKE-OPTION...
configure() {
  local folder=$1 generator=()
  shift
  if ! configured_here "$folder"; then rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"; fi
  if [[ ! -f $folder/CMakeCache.txt ]] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  quietly "configuring" cmake -S "$root" -B "$folder" "${generator[@]}" "$@"
}

# Where /proc and /sys hang; tests have others.
machine=

# Prints the cores that the control groups of this process grant, rounded up; nothing where they set no quota.
cpu_quota() {
  local controllers group mount folder quota period cores least=
  while IFS=: read -r _ controllers group; do
    if [[ -n $controllers && ,$controllers, != *,cpu,* ]]; then continue; fi
    for mount in "$machine"/sys/fs/cgroup{,/unified,/cpu,"/$controllers"}; do
      folder=$group
      while :; do # the group and its ancestors
        quota=
        period=
        if [[ -r $mount$folder/cpu.max ]]; then
          read -r quota period <"$mount$folder/cpu.max" || true
        elif [[ -r $mount$folder/cpu.cfs_quota_us ]]; then
          read -r quota <"$mount$folder/cpu.cfs_quota_us" || true
          read -r period <"$mount$folder/cpu.cfs_period_us" || true
        fi
        if [[ $quota =~ ^[1-9][0-9]*$ && $period =~ ^[1-9][0-9]*$ ]]; then
          cores=$(((quota + period - 1) / period))
          if [[ -z $least ]] || ((cores < least)); then least=$cores; fi
        fi
        if [[ $folder != */* ]]; then break; fi
        folder=${folder%/*}
      done
    done
  done 2>/dev/null <"$machine/proc/self/cgroup" || true
  echo "$least"
}

# Cores that this process may use: those of its affinity mask, or fewer if the quota of a container allows fewer.
cores_here() {
  local cores quota
  cores=$(nproc)
  quota=$(cpu_quota)
  echo $((${quota:-cores} < cores ? quota : cores))
}

# As many compilers as cores, unless memory is short: the heaviest file takes about 1.5 GB.
build_jobs() {
  local cores by_memory
  cores=$(cores_here)
  by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo)
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((cores < by_memory ? cores : by_memory))
}

# build_in FOLDER [TARGET...]
build_in() {
  local folder=$1
  shift
  quietly "building" cmake --build "$folder" --parallel "$(build_jobs)" --target "${@:-all}"
}

# ON where warnings are known to be none; elsewhere another compiler may have new ones. Asking for it from the start
# saves tests/run.sh from building the program a second time.
werror_here() {
  if [[ -z ${CXX:-} ]] && grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release; then echo ON; else echo OFF; fi
}

# One machine, perhaps a container, perhaps root: mpirun may start more ranks than there are cores, and they talk over
# loopback.
mpi_on_one_machine() {
  export OMPI_MCA_rmaps_base_oversubscribe=1
  export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
  if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
}
