#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "config/table.h"
#include "config/test_folder.h"

namespace dmw::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A right value for each setting, as it may be written anywhere.
std::string right_value(const Setting& setting) {
  switch (setting.type) {
    case Type::url:
      return "http://127.0.0.1:8042/a";
    case Type::address:
      return "127.0.0.1";
    case Type::servers:
      return "kafka:9092,kafka2:9092";
    case Type::hosts:
      return "gateway,*.example.org,10.0.0.5";
    case Type::callers:
      return "CT01@10.0.0.1,*";
    case Type::database_url:
      return "postgresql://u:p@h/d";
    case Type::properties:
      return "linger.ms=5,client.id=a";
    case Type::path:
      return "/data/some where";
    case Type::secret:
      return "0123456789abcdef";
    case Type::text:
      return "somebody";
    default:
      return setting.fallback.empty() ? "9090" : std::string(setting.fallback);
  }
}

/// The setting alone, whatever others it would need.
std::string read_as(const Setting& setting, const std::string& text, std::string* error = nullptr) {
  TestFolder folder;
  folder.sources.environment = {{std::string(setting.name), text}};
  const Draft made = draft(folder.sources);
  for (const std::string& one : made.errors) {
    if (error != nullptr && one.starts_with(setting.name)) *error = one;
  }
  for (const Shown& value : made.loaded.values) {
    if (value.name == setting.name) return value.value;
  }
  return "(refused)";
}

TEST(Transport, WhatItCertainlyAddsIsTakenAwayFromEverySetting) {
  using Around = std::vector<std::pair<std::string, std::string>>;
  const Around line_ends = {{"", "\n"}, {"", "\r\n"}, {"", "\r"}, {"\n", "\n"}};
  const Around more = {{" ", " "},
                       {"\t", "\r\n"},
                       {"\"", "\""},
                       {"'", "'"},
                       {"\"", "\"\r\n"},
                       {" \" ", " \" "},
                       {"\xef\xbb\xbf", ""},
                       {"\xc2\xa0", "\xc2\xa0"},
                       {"", "\xe2\x80\x8b\r\n"},
                       {"\"", "\"\xc2\xa0"},
                       {"\xe2\x80\x9c", "\xe2\x80\x9d"},
                       {"\xe2\x80\x9e", "\xe2\x80\x9c\n"},
                       {"\xc2\xab\xc2\xa0", "\xc2\xa0\xc2\xbb"}};
  for (const Setting& setting : table()) {
    const std::string value = right_value(setting);
    const std::string plain = read_as(setting, value);
    ASSERT_NE(plain, "(refused)") << setting.name;
    for (const auto& [before, after] : line_ends)
      EXPECT_EQ(read_as(setting, before + value + after), plain) << setting.name << " in " << before << after;
    if (setting.type != Type::secret) {
      for (const auto& [before, after] : more)
        EXPECT_EQ(read_as(setting, before + value + after), plain) << setting.name << " in " << before << after;
    }
    for (const char* nothing : {"\"\"", "''", " ", "\r\n", "\"\"\r\n"})
      EXPECT_EQ(read_as(setting, nothing), read_as(setting, "")) << setting.name << " as " << nothing;
  }
}

TEST(Transport, WhatItPerhapsAddedIsRefusedWithTheNameOfTheSetting) {
  for (const Setting& setting : table()) {
    const std::string value = right_value(setting);
    std::vector<std::string> texts = {value + "\nmore", value + "\rmore"};
    if (setting.type == Type::secret) {
      texts.insert(texts.end(), {"\"" + value + "\"", "'" + value + "'", value + " ", value + "\xc2\xa0",
                                 "\xef\xbb\xbf" + value, "\xe2\x80\x9c" + value + "\xe2\x80\x9d"});
    } else {
      texts.insert(texts.end(), {"\"" + value, value + "'", "'\"" + value, "\xe2\x80\x9c" + value,
                                 value + "\xe2\x80\x99", "\"" + value + "'"});
    }
    for (const std::string& text : texts) {
      std::string error;
      EXPECT_EQ(read_as(setting, text, &error), "(refused)") << setting.name << " as " << text;
      EXPECT_THAT(error, testing::StartsWith(format("{}: ", setting.name))) << text;
      EXPECT_TRUE(setting.type != Type::secret || !error.contains(value)) << text;
    }
  }
}

TEST(Transport, APasswordInQuotesIsRefusedWithTheWayOut) {
  TestFolder folder;
  folder.sources.environment = {{"ORTHANC_USERNAME", "u"}, {"ORTHANC_PASSWORD", "\"hunter2\""}};
  EXPECT_EQ(folder.errors(),
            "ORTHANC_PASSWORD: the value has quotes at its ends, which docker --env-file and Kubernetes keep: remove "
            "them; put a secret that really has them into a file and set ORTHANC_PASSWORD_FILE (environment)");
  const std::string file = folder.write("password", "\"hunter2\"\r\n");
  folder.sources.environment = {{"ORTHANC_USERNAME", "u"}, {"ORTHANC_PASSWORD_FILE", file}};
  const Loaded loaded = folder.load();
  EXPECT_EQ(loaded.settings.orthanc.password->reveal(), "\"hunter2\"");
  EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("ORTHANC_PASSWORD_FILE: the secret in the file has quotes")));
}

TEST(Transport, QuotesInsideOurOwnNotationAreMeant) {
  TestFolder folder;
  folder.write(kEnvFile, "ORTHANC_USERNAME=u\r\nORTHANC_PASSWORD='\"a\" '\r\n");
  EXPECT_EQ(folder.load().settings.orthanc.password->reveal(), "\"a\" ");
  folder.write(kEnvFile, "");
  folder.write(kTomlFile, "orthanc_username = \"u\"\northanc_password = \"'a'\"\n");
  EXPECT_EQ(folder.load().settings.orthanc.password->reveal(), "'a'");
}

TEST(Transport, AQuoteInsideAPasswordBelongsToIt) {
  TestFolder folder;
  folder.sources.environment = {{"ORTHANC_USERNAME", "u"}, {"ORTHANC_PASSWORD", "a'b\"c"}};
  EXPECT_EQ(folder.load().settings.orthanc.password->reveal(), "a'b\"c");
  EXPECT_THAT(folder.load().warnings, IsEmpty());
}

TEST(Transport, AQuoteAtOneEndOfAPasswordBelongsToItAndIsTold) {
  TestFolder folder;
  const std::string file = folder.write("password", "hunter2\"\n");
  const std::vector<std::pair<std::string, std::string>> ways = {{"ORTHANC_PASSWORD", "hunter2\""},
                                                                 {"ORTHANC_PASSWORD_FILE", file}};
  for (const auto& way : ways) {
    folder.sources.environment = {{"ORTHANC_USERNAME", "u"}, way};
    const Loaded loaded = folder.load();
    EXPECT_EQ(loaded.settings.orthanc.password->reveal(), "hunter2\"");
    EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("has a quote at one end; it is used as part of it")));
  }
  folder.sources.environment.clear();
  folder.write(kEnvFile, "ORTHANC_USERNAME=u\nORTHANC_PASSWORD=hunter2\"\n");
  EXPECT_THAT(folder.load().warnings, ElementsAre(HasSubstr("ORTHANC_PASSWORD: the secret has a quote at one end")));
}

TEST(Transport, APasswordAtTheEndOfALongerValueMayHaveAQuote) {
  TestFolder folder;
  folder.sources.environment = {{"DATABASE_URL", "postgresql://u@h/d?password=a\""},
                                {"KAFKA_PROPERTIES", "client.id=a,sasl.password=b'"}};
  EXPECT_EQ(folder.errors(), "");
  folder.sources.environment = {{"DATABASE_URL", "sqlite:////data/catalog.db\""}};
  EXPECT_THAT(folder.errors(), testing::StartsWith("DATABASE_URL: the value has a quote at one end"));
}

TEST(Transport, AFileInTheEncodingOfWindowsIsToldOnce) {
  TestFolder folder;
  folder.write(kEnvFile, std::string("\xff\xfe"
                                     "A\0=\0b\0\n\0"
                                     "B\0\n\0",
                                     14));
  EXPECT_EQ(folder.errors(),
            ".env: is not UTF-8 text (in Windows it may be called Unicode or UTF-16): save it as UTF-8");
}

TEST(Transport, ANameBehindAByteOrderMarkIsTheName) {
  TestFolder folder;
  folder.sources.environment = {{"\xef\xbb\xbfORTHANC_URL", "http://a:8042"}};
  EXPECT_EQ(folder.load().settings.orthanc.url, "http://a:8042");
}

TEST(Transport, TheNameOfASecretFileIsReadAsAnyPath) {
  TestFolder folder;
  const std::string file = folder.write("url", "\xef\xbb\xbf\"postgresql://u:p@h/d\" \r\n");
  folder.sources.environment = {{"DATABASE_URL_FILE", "\"" + file + "\"\r\n"}};
  EXPECT_EQ(folder.load().settings.catalog.database.url.reveal(), "postgresql://u:p@h/d");
  folder.sources.environment = {{"DATABASE_URL_FILE", "\"" + file}};
  EXPECT_THAT(folder.errors(), testing::StartsWith("DATABASE_URL_FILE: the value has a quote at one end"));
}

TEST(Transport, ASecretFileOfAnotherEncodingIsTold) {
  TestFolder folder;
  const std::string file = folder.write("key",
                                        "\xef\xbb\xbf"
                                        "0123456789abcdef\r\n");
  folder.sources.environment = {{"EVENT_PSEUDONYM_KEY_FILE", file}};
  EXPECT_THAT(folder.errors(), HasSubstr("byte order mark"));
  folder.sources.environment = {{"DATABASE_URL_FILE", folder.write("url", std::string("p\0o\0s\0t\0", 8))}};
  EXPECT_THAT(folder.errors(), HasSubstr("zero byte"));
  folder.sources.environment = {{"ORTHANC_PASSWORD_FILE", folder.write("password", std::string("p\0a\0", 4))}};
  EXPECT_THAT(folder.errors(), HasSubstr("zero byte"));
}

}  // namespace
}  // namespace dmw::config
