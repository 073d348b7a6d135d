# room(NAME USES room… LIBRARIES target… THIRD_PARTY header-prefix…)
#
# One folder, one static library `dmw_NAME`, one test program `NAME_test` of its *_test.cc files and one `NAME_itest` of
# its *_itest.cc files (these need live services; tests/support starts them). Sub-folders belong to the room.
# USES and THIRD_PARTY are read by tools/house-check as well: they are the only statement of what may include what.
include(GoogleTest)

# Every hermetic test program.
add_custom_target(tests)
if(DMW_SANITIZE)
  # The tests' own code is compiled often and runs little.
  set(DMW_TEST_OPTIONS -O0)
endif()
if(DMW_SANITIZE STREQUAL "thread")
  add_library(dmw_c11_threads OBJECT "${PROJECT_SOURCE_DIR}/tests/support/sanitizers/c11_threads.cc")
  set(DMW_TEST_OBJECTS dmw_c11_threads)
endif()

function(room NAME)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES;THIRD_PARTY" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(itests ${sources})
  list(FILTER itests INCLUDE REGEX "_itest\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_itest|_bench|_fuzz|/main)\\.cc$")

  list(TRANSFORM ROOM_USES PREPEND dmw_ OUTPUT_VARIABLE uses)
  if(sources)
    add_library(dmw_${NAME} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(dmw_${NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(dmw_${NAME} ${scope} "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(dmw_${NAME} ${scope} ${uses} ${ROOM_LIBRARIES} Threads::Threads)

  if(tests)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE dmw_${NAME} ${DMW_TEST_OBJECTS} GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_options(${NAME}_test PRIVATE ${DMW_TEST_OPTIONS})
    add_dependencies(tests ${NAME}_test)
    gtest_discover_tests(${NAME}_test PROPERTIES LABELS unit DISCOVERY_MODE PRE_TEST)
  endif()
  if(itests)
    add_executable(${NAME}_itest ${itests})
    target_link_libraries(${NAME}_itest PRIVATE dmw_${NAME} GTest::gtest GTest::gmock GTest::gtest_main)
  endif()
endfunction()
