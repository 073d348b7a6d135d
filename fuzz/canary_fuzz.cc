// A target with a planted fault. The fuzz run expects it to be found: if it is not, the others' silence means nothing.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

// libFuzzer calls this for each input; the name is its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  constexpr std::array<std::uint8_t, 4> magic{'D', 'I', 'C', 'M'};
  const std::vector<std::uint8_t> copy(data, data + size);
  if (size > magic.size() && std::memcmp(copy.data(), magic.data(), magic.size()) == 0) {
    // A length taken from the input and trusted.
    volatile std::uint8_t read = copy.data()[magic.size() + copy.data()[magic.size()]];
    static_cast<void>(read);
  }
  return 0;
}
