// FakePart: a part whose state a test decides.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "part/part.h"

namespace dmw {

class FakePart : public Part {
 public:
  explicit FakePart(PartTraits traits) : Part(std::move(traits)), now({.name = name()}) {}
  FakePart(PartState state, PartKind kind) : Part({.name = state.name, .kind = kind}), now(std::move(state)) {}

  Result<> start() override {
    note("start");
    return refuses ? Result<>(fail(Errc::conflict, name() + " does not start")) : Result<>();
  }
  void begin_stop(std::chrono::milliseconds /*patience*/) override { note("begin_stop"); }
  void stop(std::chrono::milliseconds /*patience*/) override { note("stop"); }
  PartState state() const override { return now; }
  std::optional<PartState> state_for_log() const override { return logs_itself ? std::nullopt : std::optional(now); }

  std::optional<PartSummary> summary(const SummaryOrder& /*order*/) const override { return line; }

  PartState now;
  bool logs_itself = false;
  bool refuses = false;
  std::optional<PartSummary> line{};
  std::vector<std::string>* calls = nullptr;  ///< of all parts, in their order

 private:
  void note(const std::string& call) {
    if (calls != nullptr) calls->push_back(name() + " " + call);
  }
};

}  // namespace dmw
