#include "gforbit/index/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/sys/human.hpp"
#include "index/commands.hpp"
#include "index/opened.hpp"

namespace gforbit::job_index {

namespace {

std::string checked_text(const index::IndexedRegister& of, const index::OrbitView& view,
                         const index::Verification& done, double sample) {
  std::string text =
      fmt::format("register {}: {} states, {}, {} without a distinguished state\n", of.id, view.states(),
                  core::counted(done.segments, "segment"), core::counted(done.unmarked_cycles, "cycle"));
  text += fmt::format(
      "  walked {} and {}: {} steps at level {}{}\n", core::counted(done.walked_segments, "segment"),
      core::counted(done.walked_cycles, "cycle"), sys::quantity_text(static_cast<double>(done.steps)),
      cycles::simd_name(done.level), done.recounted ? "; the register was mapped again" : "");
  if (sample >= 1) return text;
  text += fmt::format(
      "  one wrong segment escapes this sample with probability {:.6g}, n of them with its n-th power\n",
      1 - sample);
  if (!view.nonsingular()) text += "  a missing cycle of a singular register escapes every sample\n";
  return text;
}

struct Verified {
  index::IndexedRegister of;
  index::OrbitView view;
  bool is_right;
};

/// What equal rows of a batch need not have checked again.
class Earlier {
 public:
  void add(Verified done) {
    const std::string text = done.of.reg.text();
    done_.emplace(text, std::move(done));
  }
  /// nullptr: none is equal.
  [[nodiscard]] const Verified* find(const index::IndexedRegister& of, const index::OrbitView& view) const {
    const auto [begin, end] = done_.equal_range(of.reg.text());
    const auto at = std::find_if(begin, end, [&](const auto& each) {
      const Verified& done = each.second;
      return done.of.reg.field() == of.reg.field() && done.of.reg.degree() == of.reg.degree() &&
             done.view.same_tables(view);
    });
    return at == end ? nullptr : &at->second;
  }

 private:
  std::multimap<std::string, Verified> done_;  ///< by the text of the register
};

}  // namespace

void verify(const IndexOptions& options, std::ostream& out) {
  const index::IndexFile file(options.file);
  file.check_blocks(options.threads);
  const index::VerifyOptions how{options.threads, options.simd, options.sample, options.seed};
  const std::size_t first = options.reg ? register_number(file, options) : 0;
  const std::size_t end = options.reg ? first + 1 : file.size();
  std::size_t n_wrong = 0;
  Earlier earlier;
  for (std::size_t number = first; number < end; ++number) {
    const index::IndexedRegister of = file.register_at(number);
    const index::OrbitView view = file.view(number);
    if (const Verified* const same = earlier.find(of, view)) {
      out << fmt::format("register {}: the register and the tables of {}{}\n", of.id, same->of.id,
                         same->is_right ? "" : ": WRONG");
      n_wrong += same->is_right ? 0 : 1;
      continue;
    }
    const auto done = index::verify(of, view, how);
    out << checked_text(of, view, *done, options.sample);
    for (const std::string& what : done->wrong) out << fmt::format("register {}: WRONG: {}\n", of.id, what);
    n_wrong += done->wrong.empty() ? 0 : 1;
    earlier.add({of, view, done->wrong.empty()});
  }
  out.flush();  // also before an error
  if (n_wrong > 0)
    throw core::InputError(
        fmt::format("'{}': the index of {} is wrong", options.file, core::counted(n_wrong, "register")));
  out << "nothing is wrong\n";
}

}  // namespace gforbit::job_index
