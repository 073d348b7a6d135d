// The Range field of a request (RFC 9110 §14): one range of bytes, or the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dmw::api {

struct RangeAsked {
  enum class Kind {
    whole,          ///< no range, several ranges, another unit, or a malformed range: the field is ignored
    part,           ///< `length` bytes from `offset`, at least one
    unsatisfiable,  ///< well-formed, but beyond the end: 416
  };
  Kind kind = Kind::whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  static RangeAsked of(std::optional<std::string_view> field, std::uint64_t size);
};

}  // namespace dmw::api
