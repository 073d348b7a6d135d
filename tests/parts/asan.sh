# The unit tests with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
if build asan tests; then
  mapfile -t programs < <(find build/asan/src -name '*_test' -type f -executable | sort)
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-19) gtests asan "${programs[@]}"
fi
