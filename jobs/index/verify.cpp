#include "gforbit/index/verify.hpp"

#include <fmt/format.h>

#include <string>

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

}  // namespace

void verify(const IndexOptions& options, std::ostream& out) {
  const index::IndexFile file(options.file);
  file.check_blocks(options.threads);
  const index::VerifyOptions how{options.threads, options.simd, options.sample, options.seed};
  const std::size_t first = options.reg ? register_number(file, options) : 0;
  const std::size_t end = options.reg ? first + 1 : file.size();
  std::size_t n_wrong = 0;
  for (std::size_t number = first; number < end; ++number) {
    const index::IndexedRegister of = file.register_at(number);
    const index::OrbitView view = file.view(number);
    const auto done = index::verify(of, view, how);
    out << checked_text(of, view, *done, options.sample);
    for (const std::string& what : done->wrong) out << fmt::format("register {}: WRONG: {}\n", of.id, what);
    n_wrong += done->wrong.empty() ? 0 : 1;
  }
  out.flush();  // also before an error
  if (n_wrong > 0)
    throw core::InputError(
        fmt::format("'{}': the index of {} is wrong", options.file, core::counted(n_wrong, "register")));
  out << "nothing is wrong\n";
}

}  // namespace gforbit::job_index
