// What every ObjectStore must do: one list of cases, run by the test of each back-end against a store of its own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "model/object_key.h"
#include "store/object_store.h"

namespace dmw::store::contract {

/// The first byte of a test file says how long its prefix is.
inline std::uint64_t locate(ByteView head) {
  return head.empty() ? 0 : std::to_integer<std::uint64_t>(head.front());
}

/// A store, a spool on the same file system, and files to put.
struct Bench {
  ObjectStore& store;
  std::filesystem::path spool;

  static std::string image(char prefix_fill, const std::string& dataset) {
    return '\x08' + std::string(7, prefix_fill) + dataset;
  }
  static ObjectKey key(const std::string& sop, const std::string& dataset, const std::string& study = "1.2") {
    return instance_key(StudyUid(study), SopUid(sop), Sha256::of(as_bytes(dataset)));
  }
  /// Writes the spool file as well.
  Put item(const std::string& sop, const std::string& dataset, char prefix_fill = 'p',
           const std::string& study = "1.2") const {
    static int counter = 0;
    const std::string bytes = image(prefix_fill, dataset);
    Put put{key(sop, dataset, study), spool / std::to_string(++counter), bytes.size(), Sha256::of(as_bytes(dataset))};
    std::ofstream(put.file, std::ios::binary) << bytes;
    return put;
  }
  Result<std::string> bytes_of(const ObjectKey& object, ByteRange range = {}) const {
    std::string bytes;
    TRY(store.read(object, range, [&](ByteView part) -> Result<> {
      bytes += as_text(part);
      return {};
    }));
    return bytes;
  }
};

inline void put_leaves_the_spool_file(Bench& bench) {
  const std::string dataset(600'000, 'd');
  const Put put = bench.item("1", dataset);
  ASSERT_TRUE(bench.store.put({&put, 1}).at(0));
  EXPECT_TRUE(std::filesystem::exists(put.file)) << "until a row names the object";
  EXPECT_EQ(bench.bytes_of(put.key).value(), Bench::image('p', dataset));
  EXPECT_EQ(bench.store.stat(put.key).value().size_bytes, dataset.size() + 8);
}

inline void put_again_is_a_success(Bench& bench) {
  const Put put = bench.item("2", "data");
  const Result<Stored> first = bench.store.put({&put, 1}).at(0);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->standing);
  EXPECT_TRUE(bench.store.put({&put, 1}).at(0)) << "the spool file and the object are there";
  std::filesystem::remove(put.file);
  EXPECT_TRUE(bench.store.put({&put, 1}).at(0)) << "the spool file is gone, the object is there";
  const Put other_door = bench.item("2", "data", 'q');
  const Result<Stored> second = bench.store.put({&other_door, 1}).at(0);
  ASSERT_TRUE(second);
  ASSERT_TRUE(second->standing);
  EXPECT_EQ(second->standing->prefix_sha256, Sha256::of(as_bytes(Bench::image('p', ""))));
  EXPECT_EQ(second->standing->dataset_sha256, other_door.dataset_sha256);
  EXPECT_EQ(second->standing->prefix_bytes, 8U);
  EXPECT_EQ(second->standing->size_bytes, 12U);
  EXPECT_EQ(second->standing->chunk_crc32c.size(), 4U);
  EXPECT_EQ(bench.bytes_of(put.key).value(), Bench::image('p', "data")) << "the first wrapper is kept";
}

inline void put_twice_in_one_batch(Bench& bench) {
  const std::vector<Put> puts = {bench.item("3", "data"), bench.item("3", "data", 'q')};
  for (const Result<Stored>& result : bench.store.put(puts)) EXPECT_TRUE(result);
  EXPECT_EQ(bench.bytes_of(puts[0].key).value(), Bench::image('p', "data"));
}

inline void put_of_nothing_is_corrupted(Bench& bench) {
  Put put = bench.item("4", "data");
  std::filesystem::remove(put.file);
  EXPECT_EQ(bench.store.put({&put, 1}).at(0).error().code, Errc::corrupted);
  EXPECT_EQ(bench.store.stat(put.key).error().code, Errc::not_found);
}

inline void one_bad_item_spares_the_others(Bench& bench) {
  std::vector<Put> puts;
  for (int i = 0; i < 20; ++i) puts.push_back(bench.item("5." + std::to_string(i), "data", 'p', std::to_string(i)));
  std::filesystem::remove(puts[7].file);
  puts[9].key = ObjectKey("../outside");
  const std::vector<Result<Stored>> results = bench.store.put(puts);
  for (std::size_t i = 0; i < puts.size(); ++i) EXPECT_EQ(results[i].has_value(), i != 7 && i != 9) << i;
  EXPECT_EQ(results[9].error().code, Errc::invalid);
  EXPECT_TRUE(std::filesystem::exists(puts[9].file)) << "a refused file stays in the spool";
}

inline void documents_replace_in_one_step(Bench& bench) {
  std::vector<Document> documents;
  for (int i = 0; i < 6; ++i) documents.push_back({manifest_key(StudyUid("1." + std::to_string(i)), 1, 1), "first"});
  for (const Result<>& result : bench.store.write(documents)) EXPECT_TRUE(result);
  documents[2].bytes = "second, and longer";
  EXPECT_TRUE(bench.store.write({&documents[2], 1}).at(0));
  EXPECT_EQ(bench.bytes_of(documents[2].key).value(), "second, and longer");
  EXPECT_EQ(bench.bytes_of(documents[3].key).value(), "first");
}

inline void ranges_are_exact(Bench& bench) {
  std::string dataset;
  for (int i = 0; i < 100'000; ++i) dataset += std::to_string(i);
  const Put put = bench.item("6", dataset);
  const std::string bytes = Bench::image('p', dataset);
  ASSERT_TRUE(bench.store.put({&put, 1}).at(0));
  EXPECT_EQ(bench.bytes_of(put.key, {100, 10}).value(), bytes.substr(100, 10));
  EXPECT_EQ(bench.bytes_of(put.key, {262'000, 300'000}).value(), bytes.substr(262'000)) << "ends at the end";
  EXPECT_EQ(bench.bytes_of(put.key, {bytes.size(), UINT64_MAX}).value(), "");
  EXPECT_EQ(bench.bytes_of(put.key, {5, 0}).value(), "");
}

inline void a_sink_ends_the_read(Bench& bench) {
  const Put put = bench.item("7", std::string(1'000'000, 'd'));
  ASSERT_TRUE(bench.store.put({&put, 1}).at(0));
  int calls = 0;
  const Result<> read = bench.store.read(put.key, {}, [&](ByteView) -> Result<> {
    ++calls;
    return fail(Errc::cancelled, "enough");
  });
  EXPECT_EQ(read.error().code, Errc::cancelled);
  EXPECT_EQ(calls, 1);
}

inline void removed_is_gone(Bench& bench) {
  const Put put = bench.item("8", "data");
  ASSERT_TRUE(bench.store.put({&put, 1}).at(0));
  EXPECT_TRUE(bench.store.remove(put.key));
  EXPECT_TRUE(bench.store.remove(put.key)) << "a missing object is a success";
  EXPECT_EQ(bench.bytes_of(put.key).error().code, Errc::not_found);
  EXPECT_EQ(bench.store.stat(put.key).error().code, Errc::not_found);
}

inline void hostile_keys_are_invalid(Bench& bench) {
  for (const char* text : {"", "a", "../a", "studies/../a", "studies/000/..", "studies/000/.", "studies/000/",
                           "studies/000/a/b", "/etc/passwd", "studies/000/a%2fb", "studies/00G/a", "dead-letters"}) {
    const ObjectKey key{text};
    EXPECT_EQ(bench.store.stat(key).error().code, Errc::invalid) << text;
    EXPECT_EQ(bench.store.remove(key).error().code, Errc::invalid) << text;
    const Document document{key, "bytes"};
    EXPECT_EQ(bench.store.write({&document, 1}).at(0).error().code, Errc::invalid) << text;
  }
}

inline void a_list_has_every_key_of_a_directory(Bench& bench) {
  const ObjectKey manifest = manifest_key(StudyUid("1.2"), 1, 1);
  const std::string directory = manifest.get().substr(0, manifest.get().rfind('/'));
  const Document document{manifest, "bytes"};
  ASSERT_TRUE(bench.store.write({&document, 1}).at(0));
  std::vector<std::string> keys;
  const auto each = [&](const ObjectKey& key) -> Result<> {
    keys.push_back(key.get());
    return {};
  };
  ASSERT_TRUE(bench.store.list(directory, each));
  EXPECT_EQ(keys, std::vector<std::string>{manifest.get()});
  EXPECT_TRUE(bench.store.list("marks", each)) << "nothing is there, which is no error";
  EXPECT_TRUE(bench.store.list("studies/000", each));
  EXPECT_EQ(keys.size(), 1U);
  EXPECT_EQ(bench.store.list("studies", each).error().code, Errc::invalid);
  EXPECT_EQ(bench.store.list("tmp", each).error().code, Errc::invalid);
  const auto broken = [](const ObjectKey&) -> Result<> { return fail(Errc::internal, "enough"); };
  EXPECT_EQ(bench.store.list(directory, broken).error().code, Errc::internal);
}

inline void a_healthy_store_answers_its_probe(Bench& bench) {
  EXPECT_TRUE(bench.store.probe());
  EXPECT_TRUE(bench.store.free_bytes());
  EXPECT_EQ(bench.store.store_id().size(), 36U);
}

struct Case {
  const char* name;
  void (*run)(Bench&);
};

inline std::vector<Case> cases() {
  return {{"PutMovesTheFile", put_leaves_the_spool_file},
          {"PutAgainIsASuccess", put_again_is_a_success},
          {"PutTwiceInOneBatch", put_twice_in_one_batch},
          {"PutOfNothingIsCorrupted", put_of_nothing_is_corrupted},
          {"OneBadItemSparesTheOthers", one_bad_item_spares_the_others},
          {"DocumentsReplaceInOneStep", documents_replace_in_one_step},
          {"RangesAreExact", ranges_are_exact},
          {"ASinkEndsTheRead", a_sink_ends_the_read},
          {"RemovedIsGone", removed_is_gone},
          {"AListHasEveryKeyOfADirectory", a_list_has_every_key_of_a_directory},
          {"HostileKeysAreInvalid", hostile_keys_are_invalid},
          {"AHealthyStoreAnswersItsProbe", a_healthy_store_answers_its_probe}};
}

}  // namespace dmw::store::contract
