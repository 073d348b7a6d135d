# clang-tidy over every source file that ships, eight read as one as the sanitizer builds compile them: the checks look at
# all that a source includes, and so look at it once for eight. The tests are compiled by two compilers with all warnings;
# linting them as well would double the time.
check_lint() {
  jq -r '.[].file | select(test("_(test|itest|fuzz)\\.") | not)' build/asan/compile_commands.json | sort -u |
    nice xargs -P "$cores" -n 1 clang-tidy-19 --quiet -p build/asan --checks=-bugprone-suspicious-include 2>&1 |
    sed '/warnings\{0,1\}.* generated\.$/d'
}
build asan generated && check lint "clang-tidy" check_lint
