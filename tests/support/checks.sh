# What the parts of ./test are written with; sourced by it.
#
#   check PART NAME COMMAND…   one check: prints ok or FAIL with the end of the log
#   programs PART PROGRAM…     one check each, `side_by_side` at a time; `runner` may name what runs one
#   gtests PART PROGRAM…       GoogleTest programs side by side, each in `shards` processes; every test counts
#   build NAME TARGET…         builds targets of build/NAME; fails as one check
#   build_ahead PART…          compiles for the parts asan, fuzz and tsan meanwhile
#   start_servers KIND…        exports DMW_TEST_POSTGRES, DMW_TEST_PGBOUNCER…, DMW_TEST_ORTHANC…, DMW_TEST_KAFKA, DMW_TEST_GCS
# shellcheck shell=bash

logs="$PWD/build/test-logs"
cores=$(nproc)
passed=0
failed=0
skipped=0

begin() {
  rm -rf "$logs"
  mkdir -p "$logs"
  began=$EPOCHREALTIME
  # Servers that drop root's rights must be able to pass.
  private=$(mktemp -d "${TMPDIR:-/tmp}/dmw-test.XXXXXX")
  chmod 755 "$private"
  export TMPDIR="$private"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  if [[ -d ../shared/corpus ]]; then
    DMW_CORPUS=$(cd ../shared/corpus && pwd)
    export DMW_CORPUS
  else
    echo "note ../shared/corpus is not there: only generated DICOM files are tested"
  fi
}

clean_up() {
  [[ ! -v ahead ]] || pkill -P "$ahead" 2>/dev/null
  tests/support/servers stop-all "$private" >/dev/null 2>&1
  local pid left=0
  for pid in $(pgrep -f -- "$private"); do
    [[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
    left=$((left + 1))
    tr '\0' ' ' <"/proc/$pid/cmdline"
    echo "($pid) was left behind and is killed"
    kill -KILL "$pid" 2>/dev/null
  done
  rm -rf "$private"
  ((left == 0))
}

finish() {
  trap - EXIT
  check tidy "nothing is left behind" clean_up
  [[ ! -s $logs/failures ]] || { echo "what failed:"; cat "$logs/failures"; }
  printf 'logs: build/test-logs, %s in all\n' "$(seconds_since "$began")"
  ((skipped == 0)) || printf '%d skipped\n' "$skipped"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0 && passed > 0))
  exit
}

seconds_since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'; }

# told ok|FAIL PART TEXT START
told() { printf '%-4s %s: %s (%s)\n' "$1" "$2" "$3" "$(seconds_since "$4")"; }

telling='[Ee]rror:|undefined reference|CMake Error|ERROR: |Failure$|C\+\+ exception|^\[  FAILED  \]|^not ok|^FAIL'
show_end() {
  { grep -E "$telling" "$1" | head -n 15; echo ...; tail -n "${2:-20}" "$1"; } |
    cut -c 1-240 | sed 's/^/     | /'
  echo "     whole log: ${1#"$PWD"/}"
}

# blame PART TEXT START LOG [LINES]: the failure with the end of its log, and a word of it for the end of the run, which
# is all that is left of a long output where it is cut.
blame() {
  printf '%s\n%s\n' "$(told FAIL "$1" "$2" "$3")" "$(show_end "$4" "${5:-20}")"
  {
    printf 'FAIL %s: %s\n' "$1" "$2"
    { grep -E -A 3 "$telling" "$4" | grep -vFx -- -- | head -n 12; tail -n 3 "$4"; } |
      awk 'NF && !told[$0]++' | cut -c 1-200 | sed 's/^/     | /'
  } >>"$logs/failures"
}

check() {
  local part=$1 name=$2 start=$EPOCHREALTIME
  shift 2
  local log="$logs/$part-${name//[^A-Za-z0-9]/-}.log"
  if "$@" >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    told ok "$part" "$name" "$start"
  else
    failed=$((failed + 1))
    blame "$part" "$name" "$start" "$log"
    return 1
  fi
}

# The builds are the presets of CMakePresets.json.
configure_and_build() {
  local name=$1
  shift
  cmake --preset "$name" && nice ninja -k 0 -C "build/$name" "$@"
}

# Compiles for later parts beside those that mostly wait for servers and clocks; whether it went well is `build`'s to say.
build_ahead() {
  {
    for part in "$@"; do
      case $part in
        asan) configure_and_build asan tests ;;
        fuzz) configure_and_build asan fuzzers ;;
        tsan) configure_and_build tsan tests ;;
      esac
    done
  } >"$logs/ahead.log" 2>&1 </dev/null &
  ahead=$!
}

declare -A built
build() {
  local name=$1
  shift
  [[ ! -v built["$name $*"] ]] || return "${built["$name $*"]}"
  [[ $name == release || ! -v ahead ]] || wait "$ahead"
  check build "$name ${*:-everything}" configure_and_build "$name" "$@"
  built["$name $*"]=$?
  return "${built["$name $*"]}"
}

run_program() {
  local part=$1 program=$2 name start=$EPOCHREALTIME
  name=$(basename "$program")
  local log="$logs/$part-$name.log"
  if ${runner:-timeout --kill-after=30 900} "$program" >"$log" 2>&1 </dev/null; then
    told ok "$part" "$name" "$start"
  else
    blame "$part" "$name" "$start" "$log"
    return 1
  fi
}

programs() {
  local part=$1 program
  shift
  export -f run_program blame told show_end seconds_since
  export logs runner telling
  rm -f "$logs/$part.passed"
  # shellcheck disable=SC2016
  printf '%s\0' "$@" | xargs -0 -n 1 -P "${side_by_side:-2}" bash -c 'run_program "$1" "$2" && echo "$2" >>"$0"' "$logs/$part.passed" "$part"
  for program in "$@"; do
    if grep -qxF "$program" "$logs/$part.passed"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
}

run_gtest() {
  local program=$1 log=$2
  export GTEST_SHARD_INDEX=$3
  timeout --kill-after=10 900 "$program" "--gtest_output=json:$log.json" >"$log.log" 2>&1 </dev/null
  echo $? >"$log.rc"
}

# Each program runs in `shards` processes, `jobs` of all at once: most tests wait, and some wait long.
gtests() {
  local part=$1 start=$EPOCHREALTIME program shard run log code counts count_passed count_failed count_skipped
  local sum_passed=0 sum_failed=0
  local -x GTEST_TOTAL_SHARDS=${shards:-4}
  shift
  if (($# == 0)); then
    failed=$((failed + 1))
    told FAIL "$part" "there is no test program" "$start"
    return 1
  fi
  export -f run_gtest
  local runs=()
  for program in "$@"; do
    for ((shard = 0; shard < GTEST_TOTAL_SHARDS; ++shard)); do
      runs+=("$program" "$logs/$part-$(basename "$program").$shard" "$shard")
    done
  done
  printf '%s\0' "${runs[@]}" | xargs -0 -n 3 -P "${jobs:-$((2 * cores))}" bash -c 'run_gtest "$@"' run_gtest
  for ((run = 0; run < ${#runs[@]}; run += 3)); do
    program=${runs[run]}
    log=${runs[run + 1]}
    code=$(cat "$log.rc" 2>/dev/null || echo 255)
    counts=$(jq -r '[.testsuites[].testsuite[] | if .result == "SKIPPED" then "s" elif .failures then "f"
      elif .result == "COMPLETED" then "p" else empty end] |
      "\(map(select(. == "p")) | length) \(map(select(. == "f")) | length) \(map(select(. == "s")) | length)"' \
      "$log.json" 2>/dev/null) || counts=""
    read -r count_passed count_failed count_skipped <<<"${counts:-0 0 0}"
    # A program that died has written no counts, one that leaks fails after its last test.
    if ((code != 0 && count_failed == 0)) || [[ -z $counts ]]; then count_failed=$((count_failed + 1)); fi
    if ((count_failed)); then
      blame "$part" "$(basename "$program"), exit $code" "$start" "$log.log" 40
    fi
    sum_passed=$((sum_passed + count_passed))
    sum_failed=$((sum_failed + count_failed))
    skipped=$((skipped + count_skipped))
  done
  passed=$((passed + sum_passed))
  failed=$((failed + sum_failed))
  told "$( ((sum_failed)) && echo FAIL || echo ok)" "$part" "$sum_passed of $((sum_passed + sum_failed)) tests in $# programs" "$start"
}

start_servers() {
  local kind start lines
  for kind in "$@"; do
    start=$EPOCHREALTIME
    [[ ! -d $private/servers/$kind ]] || continue
    mkdir -p "$private/servers"
    if lines=$(tests/support/servers start "$kind" "$private/servers/$kind" 2>"$logs/servers-$kind.log"); then
      # shellcheck disable=SC2046
      export $lines
      told ok servers "$kind" "$start"
    else
      failed=$((failed + 1))
      blame servers "$kind" "$start" "$logs/servers-$kind.log"
      return 1
    fi
  done
}
