// A time zone for a test, and that of before afterwards.
#pragma once

#include <cstdlib>
#include <ctime>

namespace dmw::app {

struct TestZone {
  explicit TestZone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  TestZone(const TestZone&) = delete;
  TestZone& operator=(const TestZone&) = delete;
  ~TestZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

}  // namespace dmw::app
