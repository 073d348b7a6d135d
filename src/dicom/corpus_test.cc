// Every file of a corpus of real and broken files is read, refused or flagged as its manifest says. The corpus is not
// part of the repository: DMW_CORPUS names its directory.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dicom/inspect.h"
#include "dicom/read_attributes.h"

namespace dmw::dicom {
namespace {

std::vector<std::map<std::string, std::string>> rows_of(const std::filesystem::path& manifest) {
  const Result<std::string> text = read_text(manifest, 16 << 20);
  if (!text) return {};
  const auto cells = [](std::string_view line) {
    std::vector<std::string> out(1);
    for (const char c : line) {
      if (c == '\t') {
        out.emplace_back();
      } else {
        out.back().push_back(c);
      }
    }
    return out;
  };
  std::vector<std::string> names;
  std::vector<std::map<std::string, std::string>> rows;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::vector<std::string> line = cells(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (names.empty()) {
      names = line;
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < std::min(names.size(), line.size()); ++i) row[names[i]] = line[i];
  }
  return rows;
}

/// Empty when the outcome is one that the oracle allows.
std::string complaint(const std::string& oracle, const Result<Attributes>& read) {
  const std::string got = read ? "accepted" : std::string(name(read.error().code));
  const auto expect = [&](std::string_view wanted) {
    return got == wanted ? std::string()
                         : "expected " + std::string(wanted) + ", got " + (read ? got : read.error().message());
  };
  if (oracle == "NOT-DICOM") return expect("not_dicom");
  if (oracle == "REJECT") return expect("corrupted");
  if (oracle == "MISSING-IDS" || oracle == "DICOMDIR") return expect("unsupported");
  if (oracle == "EITHER")
    return read || got == "corrupted" || got == "unsupported" ? "" : "got " + read.error().message();
  return expect("accepted");
}

void check(const std::filesystem::path& root) {
  const auto rows = rows_of(root / "MANIFEST.tsv");
  ASSERT_FALSE(rows.empty()) << root;
  for (const auto& row : rows) {
    const std::filesystem::path path = root / row.at("path");
    Result<File> file = File::open(path, O_RDONLY);
    ASSERT_TRUE(file) << path;
    Result<FileSource> source = FileSource::of(*file);
    ASSERT_TRUE(source) << path;
    const Result<Attributes> read = read_attributes(*source);
    EXPECT_EQ(complaint(row.at("oracle"), read), "") << path;
    if (read && row.contains("study_series_sop_uid") && row.at("oracle").starts_with("ACCEPT")) {
      const std::string uids = read->study_uid.get() + "|" + read->series_uid.get() + "|" + read->sop_uid.get();
      EXPECT_EQ(uids, row.at("study_series_sop_uid")) << path;
    }
    const Result<std::string> json = describe_as_json(*source, 16 << 20);
    EXPECT_TRUE(json || !read) << path << ": " << json.error().message();
    if (json) {
      boost::json::error_code error;
      boost::json::parse(*json, error, {}, {.max_depth = 200});
      EXPECT_FALSE(error) << path;
    }
  }
  std::printf("%zu files of %s\n", rows.size(), root.c_str());
}

TEST(Corpus, IsReadAndRefusedAsItsManifestSays) {
  const char* const corpus = std::getenv("DMW_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "DMW_CORPUS is not set: the corpus is not read";
  check(corpus);
  check(std::filesystem::path(corpus) / "synthetic");
}

}  // namespace
}  // namespace dmw::dicom
