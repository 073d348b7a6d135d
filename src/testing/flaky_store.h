// A store that wraps another one, in which calls can fail, or other work can run before a call.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/object_store.h"

namespace dmw {

/// One thread.
class FlakyStore final : public store::ObjectStore {
 public:
  explicit FlakyStore(store::ObjectStore& behind) : behind_(behind) {}

  std::vector<Result<store::Stored>> put(std::span<const store::Put> items) override {
    if (const auto act = std::exchange(before_put, nullptr)) act();
    return behind_.put(items);
  }
  std::vector<Result<>> write(std::span<const store::Document> documents) override {
    if (!documents.empty() && documents.front().key.get().starts_with("studies/")) {
      if (const auto act = std::exchange(before_manifest, nullptr)) act();
    }
    return behind_.write(documents);
  }
  Result<> read(const ObjectKey& key, store::ByteRange range, const store::ByteSink& sink) override {
    return behind_.read(key, range, sink);
  }
  Result<store::ObjectInfo> stat(const ObjectKey& key) override { return behind_.stat(key); }
  Result<> remove(const ObjectKey& key) override {
    if (refused.contains(key.get())) return fail(Errc::unavailable, "no permission");
    return behind_.remove(key);
  }
  Result<> list(std::string_view directory, const store::KeySink& each) override {
    if (before_list) before_list(directory);
    return behind_.list(directory, each);
  }
  Result<> probe() override { return behind_.probe(); }
  std::string uri(std::string_view key) const override { return behind_.uri(key); }
  Result<std::optional<std::uint64_t>> free_bytes() override { return behind_.free_bytes(); }
  std::string store_id() const override { return behind_.store_id(); }

  std::function<void()> before_put;       ///< once
  std::function<void()> before_manifest;  ///< once: before manifests are written
  std::function<void(std::string_view directory)> before_list;
  std::set<std::string> refused;  ///< keys that cannot be removed

 private:
  store::ObjectStore& behind_;
};

}  // namespace dmw
