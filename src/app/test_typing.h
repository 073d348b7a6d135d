// A command line as a test types it, and what the program says to it.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_line.h"

namespace dmw::app {

struct Typed {
  int code = 0;
  std::string out;
  std::string err;
};

inline Typed type(std::vector<std::string> words) {
  words.insert(words.begin(), "dicom-middleware");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Typed typed;
  typed.code = run(static_cast<int>(pointers.size()), pointers.data());
  typed.out = testing::internal::GetCapturedStdout();
  typed.err = testing::internal::GetCapturedStderr();
  return typed;
}

}  // namespace dmw::app
