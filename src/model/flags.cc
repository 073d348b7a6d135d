#include "model/flags.h"

#include <array>

namespace dmw {
namespace {

constexpr std::array<std::string_view, 17> flag_names = {"conflict",
                                                         "replaced",
                                                         "variant",
                                                         "sop_uid_reused",
                                                         "patient_mismatch",
                                                         "charset_guessed",
                                                         "truncated_pixel_data",
                                                         "incomplete",
                                                         "meta_mismatch",
                                                         "bad_value",
                                                         "odd_encoding",
                                                         "no_meta",
                                                         "preamble_in_use",
                                                         "series_mismatch",
                                                         "transfer_syntax_mismatch",
                                                         "promoted",
                                                         "missing_pixel_data"};

}  // namespace

std::vector<std::string_view> Flags::names() const {
  std::vector<std::string_view> names;
  for (std::size_t bit = 0; bit < flag_names.size(); ++bit) {
    if ((bits_ >> bit & 1U) != 0) names.push_back(flag_names[bit]);
  }
  return names;
}

}  // namespace dmw
