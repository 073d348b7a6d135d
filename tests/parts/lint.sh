# clang-tidy over every source file that ships, eight read as one as the builds compile them: the checks look at all that a
# source includes, and so look at it once for eight. The tests are compiled by two compilers with all warnings; linting them
# as well would double the time.
shipped() { jq -r ".[] | select(.file | test(\"_(test|itest|fuzz)\\\\.\") | not) | .$1" build/asan/compile_commands.json | sort -u; }

check_lint() {
  shipped file | nice xargs -P "$cores" -n 1 clang-tidy-19 --quiet -p build/asan --checks=-bugprone-suspicious-include 2>&1 |
    sed '/warnings\{0,1\}.* generated\.$/d'
}

# Eight that are compiled as one may use each other's includes and shadow each other's names. Each alone includes what it
# uses of the project, and shadows nothing. What it uses of the standard library is read once for all.
check_alone() {
  local folder="$private/alone"
  mkdir "$folder"
  shipped command | grep -oE -- '-(D|I|W|std=|isystem )[^ ]+' | grep -vx -- -Wno-shadow | awk '!seen[$0]++' >"$folder/flags"
  git ls-files -z 'src/*.cc' 'src/*.h' | xargs -0 grep -hoE '^#include <([a-z_]+|boost/json\.hpp|fmt/format\.h)>' | sort -u >"$folder/libraries.h"
  clang++-19 "@$folder/flags" -x c++-header "$folder/libraries.h" -o "$folder/libraries.pch" || return
  git ls-files 'src/*.cc' | grep -vE '_(test|itest|fuzz)\.cc$' |
    nice xargs -P "$cores" -n 4 clang++-19 "@$folder/flags" -Wshadow -include-pch "$folder/libraries.pch" -fsyntax-only
}

if build asan generated; then
  check lint "clang-tidy" check_lint
  check lint "each source by itself" check_alone
fi
