// sample DIR: writes the synthetic study, its late images and the broken files.
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>

#include "app/commands.h"
#include "app/sample_study.h"
#include "base/file.h"
#include "base/json.h"

namespace dmw::app {
namespace {

Result<> write(const std::filesystem::path& folder, const SampleFile& file) {
  const std::filesystem::path path = folder / file.name;
  TRY(make_directories(path.parent_path()));
  File out = TRY(File::open(path, O_WRONLY | O_CREAT | O_EXCL, 0644));
  return out.write_all(as_bytes(file.bytes));
}

/// Writes only into an empty folder, because existing files may be images.
Result<> check_empty(const std::filesystem::path& folder) {
  std::error_code failed;
  const bool empty = !std::filesystem::exists(folder, failed) || std::filesystem::is_empty(folder, failed);
  if (failed) return fail_errno(failed.value(), "the reading of " + folder.string());
  if (!empty) return fail(Errc::conflict, folder.string() + " is not empty: name a new folder");
  return {};
}

Result<> write_all(const SampleStudy& study, const std::filesystem::path& folder) {
  TRY(check_empty(folder));
  for (int series = 1; series <= SampleStudy::series; ++series) {
    for (int image = 1; image <= SampleStudy::images_a_series; ++image) TRY(write(folder, study.image(series, image)));
  }
  for (int number = 1; number <= SampleStudy::late_images; ++number) TRY(write(folder, study.late(number)));
  for (int number = 1; number <= SampleStudy::broken_files; ++number) TRY(write(folder, study.broken(number)));
  return {};
}

}  // namespace

int sample(const config::Sources& sources, const std::string& folder, const std::string& seed, bool json) {
  // Wrong settings do not matter here.
  const Result<config::Loaded> loaded = config::load(sources);
  const SampleStudy study(seed.empty() ? std::nullopt : std::optional(seed),
                          loaded ? loaded->settings.inbox.header_limit_bytes : 0);
  if (const Result<> written = write_all(study, folder); !written)
    return report(written.error(), written.error().code == Errc::conflict ? exit_usage : exit_failed);
  constexpr int images = SampleStudy::series * SampleStudy::images_a_series;
  if (json) {
    const json::object told{{"study_instance_uid", study.study_uid()},
                            {"study", images},
                            {"late", SampleStudy::late_images},
                            {"broken", SampleStudy::broken_files}};
    std::printf("%s\n", json::serialize(told).c_str());
    return exit_done;
  }
  std::printf(
      "study/ %d files (CT, %d series)   late/ %d more files of the same study   broken/ %d files, each wrong in its "
      "own "
      "way\n",
      images, SampleStudy::series, SampleStudy::late_images, SampleStudy::broken_files);
  return exit_done;
}

}  // namespace dmw::app
