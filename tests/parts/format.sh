# Every C++ file is as clang-format leaves it.
check_format() { git ls-files -z '*.cc' '*.h' | xargs -0 -n 20 -P "$cores" clang-format-19 --dry-run -Werror; }
check format "clang-format over $(git ls-files '*.cc' '*.h' | wc -l) files" check_format
