#include "dicom/charset.h"

#include <algorithm>
#include <optional>

#include "dicom/conversion.h"

namespace dmw::dicom {
namespace {

/// A defined term of PS3.3 tables C.12-2 to C.12-5, letters and digits only; `ISO_IR 100` and `ISO 2022 IR 100` alike.
struct Term {
  std::string_view name;
  CodeSet set;
};
constexpr std::array<Term, 21> terms = {
    {{"6", CodeSet::ascii},    {"100", CodeSet::latin1},    {"101", CodeSet::latin2},     {"109", CodeSet::latin3},
     {"110", CodeSet::latin4}, {"144", CodeSet::cyrillic},  {"127", CodeSet::arabic},     {"126", CodeSet::greek},
     {"138", CodeSet::hebrew}, {"148", CodeSet::latin5},    {"203", CodeSet::latin9},     {"13", CodeSet::katakana},
     {"166", CodeSet::thai},   {"87", CodeSet::jis_x_0208}, {"159", CodeSet::jis_x_0212}, {"149", CodeSet::ks_x_1001},
     {"58", CodeSet::gb_2312}, {"192", CodeSet::utf_8},     {"UTF8", CodeSet::utf_8},     {"GB18030", CodeSet::gb18030},
     {"GBK", CodeSet::gbk}}};

CodeSet set_of(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) letters.push_back(c);
    if (c >= 'a' && c <= 'z') letters.push_back(static_cast<char>(c - 'a' + 'A'));
  }
  std::string_view term = letters;
  for (const std::string_view prefix : {"ISO", "2022", "IR"}) {
    if (term.starts_with(prefix) && term.size() > prefix.size()) term.remove_prefix(prefix.size());
  }
  const auto found = std::ranges::find(terms, term, &Term::name);
  return found == terms.end() ? CodeSet::none : found->set;
}

/// The bytes after ESC (PS3.3 tables C.12-3 and C.12-4), and the half that they designate.
struct Escape {
  std::string_view bytes;
  CodeSet set;
  bool to_g0;
};
constexpr std::array<Escape, 21> escapes = {
    {{"(B", CodeSet::ascii, true},       {"(J", CodeSet::romaji, true},      {"-A", CodeSet::latin1, false},
     {"-B", CodeSet::latin2, false},     {"-C", CodeSet::latin3, false},     {"-D", CodeSet::latin4, false},
     {"-L", CodeSet::cyrillic, false},   {"-G", CodeSet::arabic, false},     {"-F", CodeSet::greek, false},
     {"-H", CodeSet::hebrew, false},     {"-M", CodeSet::latin5, false},     {"-b", CodeSet::latin9, false},
     {"-T", CodeSet::thai, false},       {")I", CodeSet::katakana, false},   {"$B", CodeSet::jis_x_0208, true},
     {"$@", CodeSet::jis_x_0208, true},  {"$(B", CodeSet::jis_x_0208, true}, {"$(D", CodeSet::jis_x_0212, true},
     {"$)C", CodeSet::ks_x_1001, false}, {"$)A", CodeSet::gb_2312, false},   {"(I", CodeSet::katakana, true}}};

const Escape* escape_at(std::string_view after_esc) {
  const auto found = std::ranges::find_if(escapes, [&](const Escape& e) { return after_esc.starts_with(e.bytes); });
  return found == escapes.end() ? nullptr : &*found;
}

bool is_two_byte(CodeSet set) {
  return set == CodeSet::jis_x_0208 || set == CodeSet::jis_x_0212 || set == CodeSet::ks_x_1001 ||
         set == CodeSet::gb_2312;
}

bool resets(char c, Delimiters delimiters) {
  if (c == '\r' || c == '\n' || c == '\f' || c == '\t') return true;
  if (c == '\\') return delimiters != Delimiters::lines;
  return delimiters == Delimiters::names && (c == '^' || c == '=');
}

/// Runs of bytes of one code set, converted together.
class Run {
 public:
  explicit Run(std::string& out) : out_(out) {}

  void add(CodeSet set, std::string_view bytes) {
    if (set != set_) flush();
    set_ = set;
    for (const char c : bytes) {
      if (set == CodeSet::jis_x_0212 && pending_.size() % 3 == 0) pending_.push_back('\x8F');  // EUC-JP code set 3
      pending_.push_back(is_two_byte(set) || set == CodeSet::katakana ? static_cast<char>(c | '\x80') : c);
    }
  }
  void flush() {
    if (pending_.empty()) return;
    if (set_ == CodeSet::ascii) {
      out_ += pending_;
    } else if (set_ == CodeSet::romaji) {
      for (const char c : pending_) out_ += c == '\\' ? "\u00A5" : c == '~' ? "\u203E" : std::string_view(&c, 1);
    } else if (set_ == CodeSet::none) {
      append_guessed(pending_, out_);
      fits_ = false;
    } else if (!append_converted(set_, pending_, out_)) {
      fits_ = false;
    }
    pending_.clear();
  }
  void misfit() { fits_ = false; }
  bool fits() const { return fits_; }

 private:
  std::string& out_;
  std::string pending_;
  CodeSet set_ = CodeSet::none;
  bool fits_ = true;
};

}  // namespace

Charset Charset::of(std::string_view value) {
  Charset charset;
  for (bool first = true; !value.empty() || first; first = false) {
    const std::size_t end = std::min(value.find('\\'), value.size());
    const CodeSet set = set_of(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (set == CodeSet::utf_8 || set == CodeSet::gb18030 || set == CodeSet::gbk) {
      // PS3.3 C.12.1.1.2 forbids these beside others; files that do it mean them.
      charset.whole_ = set;
    } else if (is_two_byte(set)) {
      // As the first term it can only mean text that begins with the escape sequence.
      if (set == CodeSet::ks_x_1001 || set == CodeSet::gb_2312) charset.fallback_g1_ = set;
    } else if (first && set != CodeSet::ascii) {
      charset.g1_ = set;
      if (set == CodeSet::katakana) charset.g0_ = CodeSet::romaji;
    }
    if (value.empty()) break;
  }
  return charset;
}

bool Charset::is_ascii(std::string_view raw) const {
  return is_plain_ascii(raw) && (g0_ != CodeSet::romaji || raw.find_first_of("\\~") == std::string_view::npos);
}

bool Charset::append_utf8(std::string_view raw, Delimiters delimiters, std::string& out) const {
  if (is_ascii(raw)) {
    out += raw;
    return true;
  }
  if (raw.find('\0') != std::string_view::npos) {
    std::string without_nul(raw);
    std::erase(without_nul, '\0');
    append_utf8(without_nul, delimiters, out);
    return false;
  }
  if (whole_ == CodeSet::utf_8) {
    const bool fits = valid_utf8_prefix(raw) == raw.size();
    if (fits) {
      out += raw;
    } else {
      append_guessed(raw, out);
    }
    return fits;
  }
  if (whole_ != CodeSet::none) return append_converted(whole_, raw, out);
  return append_extended(raw, delimiters, out);
}

/// The two halves of ISO 2022 as PS3.5 §6.1.2.5 uses them: escape sequences designate, delimiters undo that.
bool Charset::append_extended(std::string_view raw, Delimiters delimiters, std::string& out) const {
  Run run(out);
  CodeSet g0 = g0_;
  CodeSet g1 = g1_;
  for (std::size_t at = 0; at < raw.size();) {
    const char c = raw[at];
    if (c == '\x1B') {
      const Escape* const escape = escape_at(raw.substr(at + 1));
      if (escape == nullptr) {
        run.misfit();
        ++at;
        continue;
      }
      (escape->to_g0 ? g0 : g1) = escape->set;
      at += 1 + escape->bytes.size();
      continue;
    }
    const bool high = (c & '\x80') != 0;
    CodeSet set = high ? g1 : g0;
    if (high && set == CodeSet::none && fallback_g1_ != CodeSet::none) {
      set = fallback_g1_;
      run.misfit();
    }
    if (!high && (c < 0x20 || !is_two_byte(g0)) && resets(c, delimiters)) {
      g0 = g0_;
      g1 = g1_;
      set = CodeSet::ascii;
    }
    if (!high && c <= 0x20) set = CodeSet::ascii;
    std::size_t count = 1;
    if (is_two_byte(set)) {
      const bool pair = at + 1 < raw.size() && (static_cast<unsigned char>(raw[at + 1]) & 0x7FU) > 0x20;
      if (pair) {
        count = 2;
      } else {
        set = high ? CodeSet::none : CodeSet::ascii;
        run.misfit();
      }
    }
    run.add(set, raw.substr(at, count));
    at += count;
  }
  run.flush();
  return run.fits();
}

}  // namespace dmw::dicom
