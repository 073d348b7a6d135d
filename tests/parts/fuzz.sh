# Each libFuzzer target for a few seconds, from its seeds in fuzz/seeds/NAME; the canary's planted fault must be found.
fuzz_seconds=${FUZZ_SECONDS:-10}

run_fuzzer() {
  local program=$1 name work
  name=$(basename "$program")
  work="$private/fuzz/$name"
  mkdir -p "$work/found" "$work/faults"
  local seeds=()
  [[ ! -d fuzz/seeds/$name ]] || seeds=("fuzz/seeds/$name")
  UBSAN_OPTIONS=print_stacktrace=1 ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-19) \
    "$program" -max_total_time="$fuzz_seconds" -rss_limit_mb=1024 -timeout=10 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$work/faults/" "$work/found" "${seeds[@]}"
}

canary_is_found() {
  ! run_fuzzer build/asan/fuzz/canary_fuzz || { echo "the planted fault was not found"; return 1; }
  ls "$private"/fuzz/canary_fuzz/faults/crash-*
}

if build asan fuzzers; then
  check fuzz "the canary's fault is found" canary_is_found
  mapfile -t fuzzers < <(find build/asan/fuzz -maxdepth 1 -name '*_fuzz' ! -name canary_fuzz -type f -executable | sort)
  export -f run_fuzzer
  export fuzz_seconds private
  runner=run_fuzzer
  programs fuzz "${fuzzers[@]}"
  unset runner
fi
