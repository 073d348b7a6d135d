#include "model/attributes.h"

#include <array>

namespace dmw {
namespace {

/// One list of the members serves both directions, so that no member can be forgotten in one of them.
template <typename A, typename Visit>
void each_text(A& a, Visit visit) {
  visit("study_uid", a.study_uid);
  visit("series_uid", a.series_uid);
  visit("sop_uid", a.sop_uid);
  visit("sop_class", a.sop_class);
  visit("transfer_syntax", a.transfer_syntax);
  visit("patient_id", a.patient_id);
  visit("issuer_of_patient_id", a.issuer_of_patient_id);
  visit("patient_name", a.patient_name);
  visit("patient_birth_date", a.patient_birth_date);
  visit("patient_sex", a.patient_sex);
  visit("accession_number", a.accession_number);
  visit("referring_physician", a.referring_physician);
  visit("study_date", a.study_date);
  visit("study_time", a.study_time);
  visit("study_id", a.study_id);
  visit("study_description", a.study_description);
  visit("modality", a.modality);
  visit("series_description", a.series_description);
  visit("body_part", a.body_part);
  visit("station_name", a.station_name);
  visit("series_attributes", a.series_attributes);
}

template <typename A, typename Visit>
void each_number(A& a, Visit visit) {
  visit("series_number", a.series_number);
  visit("instance_number", a.instance_number);
  visit("frames", a.frames);
  visit("rows", a.rows);
  visit("columns", a.columns);
  visit("bits_allocated", a.bits_allocated);
}

constexpr std::size_t members_max = 32;

const std::string& text_of(const std::string& text) {
  return text;
}
const std::string& text_of(const Private<std::string>& text) {
  return text.reveal();
}
template <typename Tag>
const std::string& text_of(const Strong<Tag, std::string>& text) {
  return text.get();
}

}  // namespace

std::string to_json(const Attributes& attributes) {
  // Memory for the parser during this call.
  std::array<unsigned char, 4096> room;
  json::monotonic_resource memory(room.data(), room.size());
  json::object out(members_max, &memory);
  each_text(attributes, [&](std::string_view key, const auto& member) {
    if (!text_of(member).empty()) out[key] = text_of(member);
  });
  each_number(attributes, [&](std::string_view key, const std::optional<std::int32_t>& member) {
    if (member) out[key] = *member;
  });
  out["flags"] = attributes.flags.bits();
  out["header_bytes"] = attributes.header_bytes;
  return json::serialize(out);
}

Result<Attributes> attributes_from_json(std::string_view text) {
  const json::value parsed = TRY(json::parse(text));
  if (!parsed.is_object()) return fail(Errc::invalid, "attributes must be a JSON object");
  const json::object& in = parsed.get_object();
  Attributes out;
  each_text(out, [&](std::string_view key, auto& member) {
    if (auto found = json::get_string(in, key)) member = std::remove_reference_t<decltype(member)>(std::move(*found));
  });
  each_number(out, [&](std::string_view key, std::optional<std::int32_t>& member) {
    if (const auto found = json::get_int(in, key)) member = static_cast<std::int32_t>(*found);
  });
  // The form that earlier versions wrote.
  if (const json::value* found = in.if_contains("series_attributes"); found != nullptr && found->is_object())
    out.series_attributes = json::serialize(*found);
  out.flags = Flags::from_bits(static_cast<std::uint32_t>(json::get_int(in, "flags").value_or(0)));
  out.header_bytes = static_cast<std::uint64_t>(json::get_int(in, "header_bytes").value_or(0));
  return out;
}

}  // namespace dmw
