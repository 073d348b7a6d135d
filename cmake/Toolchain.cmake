# Language level, warnings and the sanitizers of the test builds.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

option(DMW_BENCH "build the benchmarks" OFF)
option(DMW_FUZZ "build the fuzz targets (clang only)" OFF)
set(DMW_SANITIZE "" CACHE STRING "address,undefined or thread")

add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
                    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # TRY is a statement expression (base/result.h), an extension that both compilers have.
  # GCC's -Wconversion leaves changes of the sign out, and it takes string literals of any length.
  add_compile_options(-Wno-gnu-statement-expression -Wno-sign-conversion -Wno-overlength-strings)
endif()

# Two thirds of the time of a source go to headers that its neighbours include too.
set(DMW_UNITY 8 CACHE STRING "how many sources of a room are compiled as one; 1: each by itself")
if(DMW_UNITY GREATER 1)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE ${DMW_UNITY})
  # Of one source's names in another. ./test lint reads each source alone.
  add_compile_options(-Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-subobject-linkage)
  endif()
else()
  set(CMAKE_UNITY_BUILD OFF)
endif()
if(DMW_SANITIZE)
  # What a report names, and no more.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    string(REPLACE "-g" "-gline-tables-only" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
  endif()
  add_compile_options(-fsanitize=${DMW_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DMW_SANITIZE})
  if(DMW_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()

if(DMW_FUZZ)
  # Every room tells the fuzzers which ways an input took; fuzz/CMakeLists.txt links the fuzzer itself.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # What one checkout has compiled, every other one knows.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                  "${CCACHE}")
endif()
