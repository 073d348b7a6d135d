#include "sources/upload/store_response.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/format.h"
#include "base/json.h"
#include "http/media_type.h"

namespace dmw::sources {
namespace {

constexpr std::size_t warnings_max = 5;
/// Data Set does not match SOP Class (PS3.18 Table I.2-1): the closest code for a file whose meta header names another
/// instance.
constexpr std::uint16_t warning_mismatch = 0xB007;

struct Attribute {
  std::string_view tag;
  std::string_view vr;
  std::string_view keyword;
};
constexpr Attribute failed_sequence{"00081198", "SQ", "FailedSOPSequence"};
constexpr Attribute referenced_sequence{"00081199", "SQ", "ReferencedSOPSequence"};
constexpr Attribute other_failures{"0008119A", "SQ", "OtherFailuresSequence"};
/// For the study and each kept instance (PS3.18 Table I.1-1, Type 2): always present and empty, because there is no
/// WADO-RS yet.
constexpr Attribute retrieve_url{"00081190", "UR", "RetrieveURL"};
constexpr Attribute sop_class{"00081150", "UI", "ReferencedSOPClassUID"};
constexpr Attribute sop_instance{"00081155", "UI", "ReferencedSOPInstanceUID"};
constexpr Attribute warning_reason{"00081196", "US", "WarningReason"};
constexpr Attribute failure_reason{"00081197", "US", "FailureReason"};

enum class Group { failed, referenced, other };

Group group_of(const StoreResult& result) {
  if (result.kept()) return Group::referenced;
  return result.sop_uid.empty() ? Group::other : Group::failed;
}

/// Writes a dataset with an empty attribute and sequences. The items have one or no value per attribute; an empty text
/// means no value (PS3.18 §F.2.5).
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void empty(const Attribute& attribute) = 0;
  virtual void begin(const Attribute& sequence) = 0;
  virtual void begin_item() = 0;
  virtual void text(const Attribute& attribute, std::string_view value) = 0;
  virtual void number(const Attribute& attribute, std::uint16_t value) = 0;
  virtual void end_item() = 0;
  virtual void end() = 0;
  virtual std::string finish() = 0;
};

/// PS3.18 Annex F.
class JsonWriter final : public Writer {
 public:
  void empty(const Attribute& attribute) override { put_empty(attribute, members_++ > 0); }
  void begin(const Attribute& sequence) override {
    open(sequence, members_++ > 0);
    items_ = 0;
  }
  void begin_item() override {
    out_ += items_++ > 0 ? ",{" : "{";
    attributes_ = 0;
  }
  void text(const Attribute& attribute, std::string_view value) override {
    if (value.empty()) return put_empty(attribute, attributes_++ > 0);
    open(attribute, attributes_++ > 0);
    out_ += json::serialize(json::value(value));
    out_ += "]}";
  }
  void number(const Attribute& attribute, std::uint16_t value) override {
    open(attribute, attributes_++ > 0);
    out_ += format("{}]}}", value);
  }
  void end_item() override { out_ += '}'; }
  void end() override { out_ += "]}"; }
  std::string finish() override { return std::move(out_) + "}"; }

 private:
  void put_empty(const Attribute& attribute, bool later) {
    out_ += format(R"({}"{}":{{"vr":"{}"}})", later ? "," : "", attribute.tag, attribute.vr);
  }
  void open(const Attribute& attribute, bool later) {
    out_ += format(R"({}"{}":{{"vr":"{}","Value":[)", later ? "," : "", attribute.tag, attribute.vr);
  }

  std::string out_ = "{";
  int members_ = 0;
  int items_ = 0;
  int attributes_ = 0;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        // XML 1.0 does not allow other control characters, not even escaped.
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

/// PS3.19 §A.1.
class XmlWriter final : public Writer {
 public:
  void empty(const Attribute& attribute) override {
    open(attribute);
    out_ += "</DicomAttribute>";
  }
  void begin(const Attribute& sequence) override {
    open(sequence);
    items_ = 0;
  }
  void begin_item() override { out_ += format(R"(<Item number="{}">)", ++items_); }
  void text(const Attribute& attribute, std::string_view value) override {
    if (value.empty()) return empty(attribute);
    open(attribute);
    out_ += format(R"(<Value number="1">{}</Value></DicomAttribute>)", escaped(value));
  }
  void number(const Attribute& attribute, std::uint16_t value) override { text(attribute, std::to_string(value)); }
  void end_item() override { out_ += "</Item>"; }
  void end() override { out_ += "</DicomAttribute>"; }
  std::string finish() override { return std::move(out_) + "</NativeDicomModel>\n"; }

 private:
  void open(const Attribute& attribute) {
    out_ += format(R"(<DicomAttribute tag="{}" vr="{}" keyword="{}">)", attribute.tag, attribute.vr, attribute.keyword);
  }

  std::string out_ =
      R"(<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">)";
  int items_ = 0;
};

void write_item(Writer& writer, const StoreResult& result) {
  writer.begin_item();
  if (group_of(result) != Group::other) {
    writer.text(sop_class, result.sop_class);
    writer.text(sop_instance, result.sop_uid);
  }
  if (result.kept()) writer.text(retrieve_url, {});
  if (result.kept() && result.meta_mismatch) writer.number(warning_reason, warning_mismatch);
  if (!result.kept()) writer.number(failure_reason, static_cast<std::uint16_t>(result.failure));
  writer.end_item();
}

void write_sequence(Writer& writer, const Attribute& sequence, Group group, const std::deque<StoreResult>& results) {
  const auto is_in = [group](const StoreResult& result) { return group_of(result) == group; };
  if (std::ranges::none_of(results, is_in)) return;
  writer.begin(sequence);
  for (const StoreResult& result : results) {
    if (is_in(result)) write_item(writer, result);
  }
  writer.end();
}

/// PS3.18 has no attribute for text in this answer. As in its searches, Warning fields with code 299 are used.
void add_words(http::Headers& headers, const std::deque<StoreResult>& results) {
  std::size_t said = 0;
  for (std::size_t i = 0; i < results.size() && said < warnings_max; ++i) {
    if (results[i].kept()) continue;
    std::string words = results[i].words;
    std::ranges::replace(words, '"', '\'');
    std::ranges::replace(words, '\\', '/');
    headers.add("Warning", format("299 dicom-middleware \"part {}: {}\"", i + 1, words));
    ++said;
  }
}

}  // namespace

int store_status(const std::deque<StoreResult>& results) {
  const auto kept = std::ranges::count_if(results, &StoreResult::kept);
  if (kept == 0) return 409;
  const bool all = static_cast<std::size_t>(kept) == results.size();
  return all && std::ranges::none_of(results, &StoreResult::meta_mismatch) ? 200 : 202;
}

http::Answer store_response(const http::Request& request, const std::deque<StoreResult>& results) {
  constexpr std::array<std::string_view, 4> offers{"application/dicom+json", "application/dicom+xml",
                                                   "application/json", "application/xml"};
  const std::string_view type = offers.at(http::preferred(request.headers.combined("Accept"), offers));
  JsonWriter as_json;
  XmlWriter as_xml;
  Writer& writer = type.ends_with("xml") ? static_cast<Writer&>(as_xml) : as_json;
  writer.empty(retrieve_url);
  write_sequence(writer, failed_sequence, Group::failed, results);
  write_sequence(writer, referenced_sequence, Group::referenced, results);
  write_sequence(writer, other_failures, Group::other, results);
  http::Answer answer = http::Answer::text(store_status(results), std::string(type), writer.finish());
  add_words(answer.headers, results);
  return answer;
}

}  // namespace dmw::sources
