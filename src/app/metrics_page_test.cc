// docs/operations/metrics.md has every metric of the program, with its type and labels, and no other.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "app/commands.h"
#include "app/gateway.h"
#include "app/test_port.h"
#include "config/test_folder.h"
#include "http/client.h"
#include "testing/eventually.h"
#include "testing/files.h"

namespace dmw::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Metric {
  std::string type;
  std::set<std::string> labels;
  bool operator==(const Metric&) const = default;
};

void PrintTo(const Metric& metric, std::ostream* out) {
  *out << metric.type;
  for (const std::string& label : metric.labels) *out << ' ' << label;
}

using MetricsByName = std::map<std::string, Metric>;

std::string page() {
  return read_file(DMW_METRICS_PAGE);
}

std::set<std::string> words_in(const std::string& text, const std::regex& word) {
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), word); at != std::sregex_iterator(); ++at)
    found.insert((*at)[1]);
  return found;
}

/// The rows of its tables.
MetricsByName metrics_of_page() {
  static const std::regex row(R"(\n\| `([a-z_]+)` \| (counter|gauge|histogram) \|([^|]*)\|)");
  static const std::regex label("`([a-z_]+)`");
  MetricsByName found;
  const std::string text = page();
  for (std::sregex_iterator at(text.begin(), text.end(), row); at != std::sregex_iterator(); ++at)
    found[(*at)[1]] = {(*at)[2], words_in((*at)[3], label)};
  return found;
}

/// A metric without series has no labels here.
MetricsByName metrics_in(const std::string& text) {
  static const std::regex type("# TYPE ([a-z_]+) ([a-z]+)\n");
  static const std::regex series(R"(\n([a-z_]+)\{([^\n]*)\} )");
  static const std::regex label(R"re(([a-z_]+)="[^"]*")re");
  MetricsByName found;
  for (std::sregex_iterator at(text.begin(), text.end(), type); at != std::sregex_iterator(); ++at)
    found[(*at)[1]].type = (*at)[2];
  for (std::sregex_iterator at(text.begin(), text.end(), series); at != std::sregex_iterator(); ++at) {
    static const std::regex suffix("_(bucket|sum|count)$");
    std::set<std::string> labels = words_in((*at)[2], label);
    labels.erase("le");
    const std::string name = (*at)[1];
    const auto itself = found.find(name);
    found[itself == found.end() ? std::regex_replace(name, suffix, "") : name].labels = labels;
  }
  return found;
}

/// A program with every part configured; Orthanc and both clusters of Kafka are away.
class MetricsPage : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path directory = folder_.sources.directory;
    fs::create_directory(directory / "watched");
    folder_.write(config::kTomlFile,
                  "[kafka.archive]\nbootstrap_servers = \"127.0.0.1:2\"\npolicy = \"best_effort\"\n");
    config::Sources sources = folder_.sources;
    sources.flags = {{"DATABASE_URL", "sqlite:///" + (directory / "catalog.db").string()},
                     {"STORAGE_PATH", (directory / "store").string()},
                     {"INBOX_PATH", (directory / "inbox").string()},
                     {"CONTROL_SOCKET", (directory / "socket").string()},
                     {"WATCH_PATH", (directory / "watched").string()},
                     {"ORTHANC_URL", "http://127.0.0.1:1"},
                     {"KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"},
                     {"DISK_RESERVE_GIB", "0"},
                     {"DIMSE_PORT", free_port()},
                     {"HTTP_PORT", free_port()}};
    gateway_ = Gateway::open(load_settings(sources).value().settings).value();
    gateway_->watch();
    ASSERT_TRUE(eventually([&] { return gateway_->open_catalog().has_value(); })) << "the watch may be opening it";
    ASSERT_TRUE(gateway_->start());
  }
  void TearDown() override {
    if (gateway_) gateway_->stop(std::chrono::milliseconds(0));
  }

  std::string ask() const {
    http::ClientOptions options;
    options.base_url = "http://127.0.0.1:" + std::to_string(gateway_->http_port());
    return http::Client(options).get("/metrics").value().body;
  }
  /// What the program tells once everything has had its first look, at the latest after a while.
  std::string told() const {
    std::string text;
    EXPECT_TRUE(eventually([&] {
      text = ask();
      return metrics_in(text).size() >= metrics_of_page().size() && text.find("sink_lag_seconds{") != text.npos &&
             text.find("requests_total{") != text.npos;
    }));
    return text;
  }

  const config::TestFolder folder_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(MetricsPage, HasEveryMetricWithItsTypeAndLabelsAndNoOther) {
  const std::string text = told();
  MetricsByName told = metrics_in(text);
  const MetricsByName written = metrics_of_page();
  // A metric that has no series before something happens shows no labels.
  for (auto& [name, metric] : told) {
    const auto row = written.find(name);
    if (row != written.end() && text.find('\n' + name) == text.npos) metric.labels = row->second.labels;
  }
  EXPECT_EQ(told, written);
  static const std::regex word("((?:dicom_middleware|process)_[a-z_]+)");
  for (const std::string& name : words_in(page(), word)) EXPECT_TRUE(told.contains(name)) << name << " is on the page";
}

TEST_F(MetricsPage, EachSinkIsAPartAndHasItsSeries) {
  const std::string text = told();
  for (const std::string part : {"broker", "broker.archive"})
    EXPECT_THAT(text, HasSubstr("dicom_middleware_part_state{part=\"" + part + "\",state=\"down\"} 0\n"));
  for (const std::string sink : {"kafka", "kafka/dlq", "kafka.archive", "kafka.archive/dlq"}) {
    for (const std::string metric :
         {"sink_lag_events", "sink_lag_seconds", "sink_refusals_total", "sink_passed_over_total"})
      EXPECT_THAT(text, HasSubstr("dicom_middleware_" + metric + "{sink=\"" + sink + "\"} 0\n"));
  }
}

TEST_F(MetricsPage, NamesAreAsPrometheusWantsThem) {
  const std::string text = told();
  for (const auto& [name, metric] : metrics_in(text)) {
    EXPECT_EQ(name.ends_with("_total"), metric.type == "counter") << name;
    EXPECT_TRUE(metric.type != "histogram" || name.ends_with("_seconds")) << name << " has no base unit";
    EXPECT_THAT(text, HasSubstr("# HELP " + name + " "));
    EXPECT_THAT(text, Not(HasSubstr("# HELP " + name + " \n")));
  }
}

TEST_F(MetricsPage, TellsStatesVolumesDeadLettersAndTheProcess) {
  const std::string text = told();
  EXPECT_THAT(text, HasSubstr(R"(dicom_middleware_part_state{part="catalog",state="ok"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(dicom_middleware_part_state{part="catalog",state="degraded"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(dicom_middleware_dead_letters_open{stage="header"} 0)"));
  for (const std::string volume : {"inbox", "store", "catalog"}) {
    EXPECT_THAT(text, testing::ContainsRegex("dicom_middleware_volume_free_bytes.volume=\"" + volume + "\". [1-9]"));
  }
  EXPECT_THAT(text, testing::ContainsRegex("process_start_time_seconds [1-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_resident_memory_bytes [1-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_cpu_seconds_total [0-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_open_fds [1-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_max_fds [1-9]"));
}

}  // namespace
}  // namespace dmw::app
