#include "config/values.h"

#include <gtest/gtest.h>

#include "config/database_url.h"
#include "config/syntax.h"
#include "config/table.h"
#include "config/test_folder.h"
#include "config/text.h"

namespace dmw::config {
namespace {

using namespace std::chrono_literals;

/// What is wrong with a value on the command line; the sentence without its place.
std::string complaint_about(const std::string& name, const std::string& text) {
  TestFolder folder;
  folder.sources.flags[name] = text;
  const std::string errors = folder.errors();
  return errors.substr(0, errors.rfind(" (--set)"));
}

TEST(Values, DurationsHaveAUnit) {
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("10s").value(), 10s);
  EXPECT_EQ(parse_duration("10m").value(), 10min);
  EXPECT_EQ(parse_duration("2h").value(), 2h);
  EXPECT_EQ(parse_duration("1d").value(), 24h);
  EXPECT_EQ(parse_duration("0").value(), 0ms);
  for (const std::string_view wrong : {"", "s", "10", "-1s", "1.5s", "10 s", "10x", "99999999999s"}) {
    EXPECT_FALSE(parse_duration(wrong).has_value()) << wrong;
  }
}

TEST(Values, AWrongValueIsOneSentenceWithWhatIsAllowed) {
  EXPECT_EQ(complaint_about("HTTP_PORT", "70000"), "HTTP_PORT: 70000 is not a port; allowed: 1..65535");
  EXPECT_EQ(complaint_about("HTTP_PORT", "http"), "HTTP_PORT: http is not a port; allowed: 1..65535");
  EXPECT_EQ(complaint_about("ORTHANC_CONNECTIONS", "65"), "ORTHANC_CONNECTIONS: 65 is too large; allowed: 1..64");
  EXPECT_EQ(complaint_about("ORTHANC_CONNECTIONS", "3x"), "ORTHANC_CONNECTIONS: 3x is not a number; allowed: 1..64");
  EXPECT_EQ(complaint_about("SETTLE_QUIET", "10"),
            "SETTLE_QUIET: 10 has no unit; allowed: 0s..1d (such as 500ms, 10s, 10m, 2h)");
  EXPECT_EQ(complaint_about("ORTHANC_REPLACES", "maybe"),
            "ORTHANC_REPLACES: maybe is neither true nor false; allowed: true, false");
  EXPECT_EQ(complaint_about("STORAGE_BACKEND", "gcs"),
            "STORAGE_BACKEND: gcs is not a value that this version knows; allowed: local");
  EXPECT_EQ(complaint_about("INBOX_LIMIT_GIB", "0"), "INBOX_LIMIT_GIB: 0 is too small; allowed: 1..1000000 (GiB)");
  EXPECT_EQ(complaint_about("CATALOG_ATTRIBUTES", "Modality,0008"),
            "CATALOG_ATTRIBUTES: Modality,0008 has \"0008\", which is not a DICOM keyword; allowed: DICOM keywords "
            "separated by commas, at most 200");
}

TEST(Values, OrthancUrlIsHttpWithoutAUser) {
  for (const std::string_view right : {"http://a", "https://a.b:8042", "HTTP://[::1]:80/orthanc/"}) {
    EXPECT_TRUE(check_http_url(right).has_value()) << right;
  }
  for (const std::string_view wrong : {"a:8042", "ftp://a", "http://", "http://a:0", "http://a:99999", "http://a?b",
                                       "http://u:p@a", "http://a b", "http://[::1"}) {
    EXPECT_FALSE(check_http_url(wrong).has_value()) << wrong;
  }
}

TEST(Values, ABackfillIsAWordOrADayOfTheCalendar) {
  for (const std::string_view right : {"all", "none", "since:2026-01-01", "since:2024-02-29"}) {
    EXPECT_TRUE(check_backfill(right).has_value()) << right;
  }
  for (const std::string_view wrong : {"", "All studies", "since:", "since:2026-02-29", "since:2026-1-1", "2026-01-01",
                                       "since:2026-01-01T00:00", "since:-026-01-01", "since:0000-01-01"}) {
    EXPECT_FALSE(check_backfill(wrong).has_value()) << wrong;
  }
  EXPECT_EQ(complaint_about("ORTHANC_BACKFILL", "since:2026-02-30"),
            "ORTHANC_BACKFILL: since:2026-02-30 has no valid day, such as since:2026-01-31; allowed: all, "
            "none, since:YYYY-MM-DD");
}

TEST(Values, ServersTopicsAndAddresses) {
  EXPECT_TRUE(check_servers("a:9092, b, [::1]:9092").has_value());
  EXPECT_FALSE(check_servers("a:9092,,b").has_value());
  EXPECT_FALSE(check_servers("http://a:9092").has_value());
  EXPECT_TRUE(check_topic("dicom.metadata.v1").has_value());
  EXPECT_FALSE(check_topic("..").has_value());
  EXPECT_FALSE(check_topic("a b").has_value());
  EXPECT_TRUE(check_ae_title("CT 01").has_value());
  for (const std::string_view wrong : {"", "   ", "SEVENTEEN_LETTERS", "A\\B", "A\n"}) {
    EXPECT_FALSE(check_ae_title(wrong).has_value()) << wrong;
  }
  EXPECT_TRUE(check_address("::").has_value());
  EXPECT_FALSE(check_address("1.2.3").has_value());
  EXPECT_TRUE(is_loopback("127.3.2.1") && is_loopback("::1") && is_loopback("localhost"));
  EXPECT_FALSE(is_loopback("0.0.0.0") || is_loopback("::") || is_loopback("10.0.0.1"));
}

TEST(DatabaseUrl, TakesTheFormsOfSqlalchemy) {
  EXPECT_EQ(parse_database_url("sqlite:///./data/catalog.db")->path, "./data/catalog.db");
  EXPECT_EQ(parse_database_url("sqlite:////var/lib/c.db")->path, "/var/lib/c.db");
  for (const std::string_view scheme : {"postgresql", "postgres", "postgresql+asyncpg"}) {
    const auto url = parse_database_url(std::string(scheme) + "://u:p@h:5432/d");
    ASSERT_TRUE(url.has_value()) << scheme;
    EXPECT_EQ(url->kind, DatabaseUrl::Kind::postgresql);
    EXPECT_EQ(url->url.reveal(), "postgresql://u:p@h:5432/d");
  }
  EXPECT_EQ(parse_database_url("postgresql+asyncpg://h/d?ssl=require")->url.reveal(),
            "postgresql://h/d?sslmode=require");
  for (const std::string_view wrong : {"catalog.db", "mysql://h/d", "sqlite://", "sqlite:///",
                                       "sqlite:///:memory:", "sqlite:///a?b=c", "postgres://"}) {
    EXPECT_FALSE(parse_database_url(wrong).has_value()) << wrong;
  }
}

TEST(DatabaseUrl, ShowsNoPassword) {
  EXPECT_EQ(without_password("postgresql://u:p@h/d"), "postgresql://u:***@h/d");
  EXPECT_EQ(without_password("postgresql://u:p/@:@x@h/d"), "postgresql://u:***@h/d");
  EXPECT_EQ(without_password("postgresql://u@h:5432/d"), "postgresql://u@h:5432/d");
  EXPECT_EQ(without_password("postgresql://h/d?user=u&password=p&sslmode=require"),
            "postgresql://h/d?user=u&password=***&sslmode=require");
}

TEST(Values, HostsAreNamesAddressesAndPatterns) {
  EXPECT_EQ(*parse_hosts("Gateway, *.Example.org ,10.0.0.5,[fd00::5],fd00::6,a.b.,*"),
            (std::vector<std::string>{"gateway", "*.example.org", "10.0.0.5", "fd00::5", "fd00::6", "a.b", "*"}));
  EXPECT_TRUE(parse_hosts("")->empty());
  for (const std::string_view wrong :
       {"http://a", "a:8000", "[::1]:80", "a b", "a,,b", "a.*", "*a", "*.", "*.*", "me@a", ".a"})
    EXPECT_FALSE(parse_hosts(wrong)) << wrong;
}

TEST(Table, EveryDefaultCanBeReadAndEverySettingHasASentence) {
  for (const Setting& setting : table()) {
    EXPECT_EQ(find(lower(setting.name)), &setting) << setting.name;
    EXPECT_EQ(upper(setting.name), setting.name);
    EXPECT_TRUE(setting.about.ends_with('.')) << setting.name;
    Settings settings;
    const Result<> read = setting.assign(setting, setting.fallback, settings);
    EXPECT_TRUE(read.has_value()) << setting.name;
  }
}

}  // namespace
}  // namespace dmw::config
