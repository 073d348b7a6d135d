// An inbox for tests: its directory, instances to keep, and their keeping.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "inbox/inbox.h"
#include "testing/eventually.h"
#include "testing/scratch_folder.h"

namespace dmw::inbox {

struct TestDirectory : ScratchFolder {
  Options options() const {
    return {path(), 0, 0, [](ByteView head) { return std::min<std::uint64_t>(head.size(), 10); }};
  }
};

inline std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(generator());
  return bytes;
}

inline Session test_session() {
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::stow;
  session.correlation_id = Uuid::random();
  session.source = "door";
  session.calling_ae = "SENDER";
  session.called_ae = "US";
  session.peer = "192.0.2.1";
  session.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  session.started_at = 12345;
  return session;
}

inline Result<std::int64_t> keep(Inbox& inbox, const std::string& bytes, Arrival arrival) {
  SpoolFile file = TRY(inbox.create());
  TRY(file.append(as_bytes(bytes)));
  return inbox.keep(std::move(file), std::move(arrival));
}

inline Arrival arrival_of(const Session& session) {
  Arrival arrival;
  arrival.session = session;
  return arrival;
}

/// What had no row at the start is read again beside everything else.
inline void await_recovery(const Inbox& inbox) {
  EXPECT_TRUE(eventually([&] { return !inbox.recovering(); }, std::chrono::seconds(60)));
}

inline std::size_t spooled_files(const std::filesystem::path& directory) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory / "spool"))
    files += entry.is_regular_file() ? 1 : 0;
  return files;
}

}  // namespace dmw::inbox
