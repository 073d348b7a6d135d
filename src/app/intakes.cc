#include "app/intakes.h"

#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

#include "app/host_name.h"
#include "app/mapping.h"
#include "base/format.h"

namespace dmw::app {
namespace {

constexpr const char* folder_name = "folder";
constexpr std::chrono::seconds outcome_patience{30};

}  // namespace

Result<std::unique_ptr<Intakes>> Intakes::open(Foundation& ground, ingest::Burials& burials,
                                               std::function<void()> on_progress) {
  std::unique_ptr<Intakes> intakes(new Intakes(ground));
  const config::Settings& settings = ground.settings();
  intakes->open_orthancs(burials, std::move(on_progress));
  if (settings.watch.path) TRY(intakes->open_folder());
  if (settings.dimse.port != 0) intakes->dimse_ = std::make_unique<DimsePort>(ground);
  return intakes;
}

Intakes::Intakes(Foundation& ground)
    : ground_(ground),
      folder_door_(folder_name, ground.inbox(), ground.read(), ground.metrics()),
      import_door_("import", ground.inbox(), ground.read(), ground.metrics()),
      outcomes_(ground.catalog(), ground.clock(), outcome_patience),
      imports_(import_door_, outcomes_, ground.catalog(), ground.clock(), ground.settings().http.uploads),
      stow_({.inbox = ground.inbox(),
             .read = ground.read(),
             .metrics = ground.metrics(),
             .clock = ground.clock(),
             .outcomes = &outcomes_}) {}

void Intakes::open_orthancs(ingest::Burials& burials, std::function<void()> on_progress) {
  const sources::Surroundings around{ground_.catalog(),
                                     ground_.inbox(),
                                     ground_.metrics(),
                                     ground_.clock(),
                                     ground_.inbox().replica_id(),
                                     [&burials](const DeadLetter& letter, const std::optional<RequestClaim>& claim) {
                                       return burials.keep(letter, claim);
                                     },
                                     std::move(on_progress)};
  orthancs_ = std::make_unique<Orthancs>(ground_, around);
}

Result<> Intakes::open_folder() {
  const config::Settings& settings = ground_.settings();
  std::error_code untold;
  sources::WatchOptions options{
      .root = *settings.watch.path,
      .keep = settings.watch.keep,
      .interval = settings.watch.interval,
      .stable = settings.watch.stable,
      .journal = settings.inbox.path / "watch.taken",
      .mount_note = settings.inbox.path / "watch.mount",
      .mark = {.catalog_id = [&catalog = ground_.catalog()]() -> std::optional<Uuid> {
                 const std::optional<catalog::SchemaState> open = catalog.schema();
                 return open ? std::optional(open->catalog_id) : std::nullopt;
               },
               .place = format("{}:{}", host_name(),
                               std::filesystem::absolute(settings.inbox.path, untold).lexically_normal().string()),
               .note = settings.inbox.path / watch_installation_note},
      .ours = {settings.storage.path, settings.inbox.path}};
  folder_ = TRY(sources::WatchedFolder::open(std::move(options), folder_door_, ground_.inbox(), ground_.clock()));
  return {};
}

void Intakes::add_to(PartList& parts) {
  const auto add = [&](Part* part, std::unique_ptr<Part> (*off)(const std::string& name), const char* name) {
    if (part != nullptr) return parts.add(*part);
    parts.add(*off_.emplace_back(off(name)));
  };
  add(dimse_ ? &dimse_->listener : nullptr, dimse::no_listener, dimse_name);
  parts.add(stow_);
  add(folder_.get(), sources::no_folder, folder_name);
  parts.add(imports_);
  orthancs_->add_to(parts);
}

std::vector<http::Route> Intakes::routes() {
  std::vector<http::Route> routes = imports_.routes();
  std::ranges::move(stow_.routes(), std::back_inserter(routes));
  return routes;
}

void Intakes::take(const config::Settings& settings) {
  if (dimse_) dimse_->listener.change_callers(settings.dimse.callers);
  orthancs_->take(settings);
}

}  // namespace dmw::app
