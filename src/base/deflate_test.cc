#include "base/deflate.h"

#include <array>

#include <gtest/gtest.h>

namespace dmw {
namespace {

std::string inflated(std::string_view deflated_bytes, Wrapping wrapping, std::size_t piece) {
  Inflater inflater(wrapping);
  std::array<std::byte, 7> room{};
  std::string out;
  for (;;) {
    const ByteView input = as_bytes(deflated_bytes.substr(0, piece));
    const Inflater::Step step = inflater.step(input, room).value();
    out += as_text(ByteView(room).first(step.produced));
    deflated_bytes.remove_prefix(step.consumed);
    if (step.ended || (step.consumed == 0 && step.produced == 0)) return out;
  }
}

TEST(Inflater, GivesBackWhatWasDeflatedInWhateverPieces) {
  const std::string text = "the same the same the same, and then something else";
  for (const Wrapping wrapping : {Wrapping::none, Wrapping::zlib, Wrapping::gzip}) {
    for (const std::size_t piece : {1U, 3U, 1000U})
      EXPECT_EQ(inflated(deflated(text, wrapping), wrapping, piece), text);
  }
}

TEST(Inflater, EndsWhereItsStreamEnds) {
  const std::string stream = deflated("abc", Wrapping::gzip);
  const std::string more = stream + "xyz";
  std::array<std::byte, 100> room{};
  const Inflater::Step step = Inflater(Wrapping::gzip).step(as_bytes(more), room).value();
  EXPECT_TRUE(step.ended);
  EXPECT_EQ(step.consumed, stream.size());
}

TEST(Inflater, RefusesDamagedBytes) {
  std::string stream = deflated("abcabcabcabc", Wrapping::gzip);
  stream[stream.size() - 6] = static_cast<char>(~stream[stream.size() - 6]);  // in the check sum
  std::array<std::byte, 100> room{};
  EXPECT_EQ(Inflater(Wrapping::gzip).step(as_bytes(stream), room).error().code, Errc::corrupted);
  EXPECT_EQ(Inflater(Wrapping::gzip).step(as_bytes("no gzip"), room).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace dmw
