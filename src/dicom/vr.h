// Vr: the value representations of PS3.5 §6.2.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dmw::dicom {

/// `none`: not a VR. `us_or_ss`: in the dictionary, if Pixel Representation decides (PS3.5 §A.1).
enum class Vr : std::uint8_t {
  none,
  ae,
  as,
  at,
  cs,
  da,
  ds,
  dt,
  fd,
  fl,
  is,
  lo,
  lt,
  ob,
  od,
  of,
  ol,
  ov,
  ow,
  pn,
  sh,
  sl,
  sq,
  ss,
  st,
  sv,
  tm,
  uc,
  ui,
  ul,
  un,
  ur,
  us,
  ut,
  uv,
  us_or_ss
};

inline constexpr std::string_view vr_names = "??AEASATCSDADSDTFDFLISLOLTOBODOFOLOVOWPNSHSLSQSSSTSVTMUCUIULUNURUSUTUVUS";

constexpr std::string_view name(Vr vr) {
  return vr_names.substr(static_cast<std::size_t>(vr) * 2, 2);
}

namespace detail {
consteval std::array<Vr, 26 * 26> vr_table() {
  std::array<Vr, 26 * 26> table{};
  for (std::size_t i = 1; i < static_cast<std::size_t>(Vr::us_or_ss); ++i) {
    const auto first = static_cast<std::size_t>(vr_names[i * 2] - 'A');
    const auto second = static_cast<std::size_t>(vr_names[i * 2 + 1] - 'A');
    table[first * 26 + second] = static_cast<Vr>(i);
  }
  return table;
}
inline constexpr auto vr_by_letters = vr_table();
}  // namespace detail

/// The VR of two bytes; `none` if PS3.5 does not have it.
constexpr Vr vr_of(unsigned char first, unsigned char second) {
  const unsigned a = first - unsigned{'A'};
  const unsigned b = second - unsigned{'A'};
  if (a >= 26 || b >= 26) return Vr::none;
  return detail::vr_by_letters[a * 26 + b];
}

constexpr std::uint64_t bit(Vr vr) {
  return std::uint64_t{1} << static_cast<unsigned>(vr);
}
template <typename... V>
constexpr bool one_of(Vr vr, V... of) {
  return ((bit(of) | ...) & bit(vr)) != 0;
}

/// True for a 32-bit length after two reserved bytes in explicit encodings (PS3.5 §7.1.2).
constexpr bool has_long_form(Vr vr) {
  return one_of(vr, Vr::ob, Vr::od, Vr::of, Vr::ol, Vr::ov, Vr::ow, Vr::sq, Vr::sv, Vr::uc, Vr::un, Vr::ur, Vr::ut,
                Vr::uv);
}
/// True for bytes that DICOM JSON has as base64.
constexpr bool is_bulk(Vr vr) {
  return one_of(vr, Vr::ob, Vr::od, Vr::of, Vr::ol, Vr::ov, Vr::ow, Vr::un);
}
/// True for text in the Specific Character Set (PS3.5 §6.1.2.3); other strings are ASCII.
constexpr bool uses_charset(Vr vr) {
  return one_of(vr, Vr::sh, Vr::lo, Vr::st, Vr::lt, Vr::ut, Vr::uc, Vr::pn);
}
/// True if a backslash is text and leading spaces are significant.
constexpr bool is_single_text(Vr vr) {
  return one_of(vr, Vr::st, Vr::lt, Vr::ut, Vr::ur);
}
/// The size of one value if all values have the same size; otherwise 1.
constexpr unsigned value_size(Vr vr) {
  if (one_of(vr, Vr::us, Vr::ss, Vr::ow, Vr::us_or_ss)) return 2;
  if (one_of(vr, Vr::ul, Vr::sl, Vr::fl, Vr::of, Vr::ol, Vr::at)) return 4;
  if (one_of(vr, Vr::fd, Vr::od, Vr::ov, Vr::sv, Vr::uv)) return 8;
  return 1;
}

}  // namespace dmw::dicom
