# clang-tidy over every source file that ships, with the flags of the release build. The tests are compiled by two
# compilers with all warnings; linting them as well would double the time.
check_lint() {
  jq -r --arg src "$PWD/src/" '.[].file | select(startswith($src)) | select(test("_(test|itest)\\.cc$") | not)' build/release/compile_commands.json | sort -u |
    nice xargs -P "$cores" -n 1 clang-tidy-19 --quiet -p build/release --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-sign-conversion --extra-arg=-Wno-overlength-strings 2>&1 | sed '/warnings\{0,1\}.* generated\.$/d'
}
# The build makes the generated headers.
build release && check lint "clang-tidy" check_lint
