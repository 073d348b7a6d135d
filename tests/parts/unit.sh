# Tests that need nothing but themselves, as GCC builds what ships.
check unit "the ledger checker finds what is planted" tests/support/checker-test
check unit "the harness of the end-to-end scripts says what does not hold" tests/support/real-parts-test
check unit "the last line of a run" tests/support/checks-test
check unit "each build names its own commit" tests/support/commit-test
check unit "what the start page does with files, and says of the parts" node --test web/pages/upload_test.mjs web/pages/well_test.mjs
if build release; then
  mapfile -t programs < <(find build/release/src -name '*_test' -type f -executable | sort)
  gtests unit "${programs[@]}"
fi
