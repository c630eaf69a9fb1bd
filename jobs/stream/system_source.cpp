#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cycles/register_line.hpp"
#include "cycles/system_json.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/fsr/state.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/fsr/system.hpp"
#include "gforbit/stream/state_argument.hpp"
#include "stream/file_sources.hpp"

namespace gforbit::job_stream {

namespace {

using galois::Element;
using Cells = std::vector<Element>;

/// The states of a system one after the other: up to 2^63 of them by the step on state indices, else by the
/// functions of all cells.
class Walk {
 public:
  Walk(const fsr::Register& reg, Cells cells)
      : reg_(reg), q_(reg.field().order()), cells_(std::move(cells)), next_(cells_) {
    if (!reg.enumerable_state_count()) return;
    stepper_.emplace(reg);
    state_ = fsr::index_of(cells_, q_);
  }

  void step() {
    if (stepper_) {
      state_ = stepper_->next(state_);
      is_known_ = false;
      return;
    }
    std::copy(cells_.begin() + 1, cells_.end(), next_.begin());
    const auto put = [&](int cell, const fsr::Feedback& value) {
      next_[static_cast<std::size_t>(cell)] = value.evaluate(cells_);
    };
    if (reg_.system() == nullptr) {
      put(reg_.degree() - 1, reg_.feedback());
    } else {
      for (const fsr::System::Update& update : reg_.system()->updates()) put(update.cell, update.value);
    }
    std::swap(cells_, next_);
  }

  [[nodiscard]] const Cells& cells() {
    if (stepper_ && !is_known_) {
      std::uint64_t rest = state_;
      for (Element& cell : cells_) {
        cell = rest % q_;
        rest /= q_;
      }
      is_known_ = true;
    }
    return cells_;
  }

  /// What the system puts out in this state.
  [[nodiscard]] Element output() {
    const fsr::System* const system = reg_.system();
    if (system != nullptr && system->output()) return system->output()->evaluate(cells());
    return stepper_ ? state_ % q_ : cells_.front();
  }

 private:
  fsr::Register reg_;
  std::uint64_t q_;
  std::optional<fsr::Stepper> stepper_;
  std::uint64_t state_ = 0;  ///< with the stepper
  Cells cells_, next_;
  bool is_known_ = true;  ///< cells_ are those of the state
};

/// What a system of registers puts out.
class SystemSource final : public stream::Source {
 public:
  SystemSource(std::string path, const fsr::Register& reg, const Cells& cells,
               std::optional<std::uint64_t> length)
      : path_(std::move(path)), reg_(reg), walk_(reg, cells), length_(length) {}

  [[nodiscard]] stream::Schema prepare() override {
    return stream::Schema({{"value", stream::Type::element, reg_.field()}});
  }

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context&) override {
    stream::Produced produced;
    const std::uint64_t end = length_.value_or(UINT64_MAX);
    const std::uint64_t count = std::min<std::uint64_t>(n, end - next_);
    stream::ElementsBuilder elements(reg_.field().order() == 2);
    for (std::uint64_t i = 0; i < count; ++i) {
      elements.push(walk_.output());
      walk_.step();
    }
    if (count > 0) {
      produced.batch.size = count;
      produced.batch.indices = stream::Indices::counting(next_);
      produced.batch.columns.emplace_back(elements.take());
    }
    next_ += count;
    produced.ended = next_ == end;
    return produced;
  }

  [[nodiscard]] std::uint64_t position() const noexcept override { return next_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }
  [[nodiscard]] std::string file() const override { return path_; }
  void save(core::ByteWriter& out) const override { out.put(next_).put_array(Walk(walk_).cells()); }
  void load(core::ByteReader& in) override {
    next_ = in.get<std::uint64_t>();
    walk_ = Walk(reg_, in.get_array<Element>());
  }

 private:
  std::string path_;
  fsr::Register reg_;
  Walk walk_;
  std::optional<std::uint64_t> length_;
  std::uint64_t next_ = 0;
};

fsr::Register system_of(stream::Arguments& a, const std::string& path) {
  if (path == "-") a.fail("file", "a system is read from a file, not from standard input");
  job_cycles::FieldCache fields;
  try {
    return make_register({.system = job_cycles::read_system_file(path)}, fields);
  } catch (const job_cycles::KeyError& error) {
    a.fail("file", fmt::format("{}: {}", path, error.rule()));
  } catch (const core::InputError& error) {
    a.fail("file", error.what());
  }
}

Cells cells_of(core::Natural state, const fsr::Register& reg) {
  Cells cells(static_cast<std::size_t>(reg.degree()));
  for (Element& cell : cells) {
    cell = static_cast<Element>(state % reg.field().order());
    state /= reg.field().order();
  }
  return cells;
}

}  // namespace

void add_system_source(stream::Library& library) {
  const auto read = [](stream::Arguments& a) -> stream::Pipeline::Make {
    const std::string path = a.word("file");
    const fsr::Register reg = system_of(a, path);
    const Cells cells = cells_of(stream::read_state(a, reg.field().order(), reg.degree()), reg);
    std::optional<std::uint64_t> length;
    if (a.has("length")) length = a.natural("length", 0, std::uint64_t{1} << 62);
    return [=] { return std::make_unique<SystemSource>(path, reg, cells, length); };
  };
  library.add_source("system",
                     {{"file"},
                      read,
                      "system(\"FILE.json\", state=1, length=N): the output of a system of registers, "
                      "without one its first cell"});
}

}  // namespace gforbit::job_stream
