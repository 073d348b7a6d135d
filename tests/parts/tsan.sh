# The unit tests with ThreadSanitizer.
if build tsan tests; then
  mapfile -t programs < <(find build/tsan/src -name '*_test' -type f -executable | sort)
  TSAN_OPTIONS="suppressions=$PWD/tests/support/sanitizers/tsan.txt second_deadlock_stack=1" \
    TSAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-19) gtests tsan "${programs[@]}"
fi
