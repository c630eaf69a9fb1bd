#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/index/locate.hpp"
#include "gforbit/stream/state_argument.hpp"
#include "stream/file_sources.hpp"

namespace gforbit::job_stream {

namespace {

/// One register of an index, shared by all that walk on it.
struct IndexedWalk {
  IndexedWalk(const std::string& path, const std::optional<std::string>& id)
      : file(path),
        number(number_of(file, path, id)),
        reg(file.register_at(number).reg),
        locator(reg, file.view(number)),
        step(reg) {}

  index::IndexFile file;
  std::size_t number;
  fsr::Register reg;
  index::Locator locator;
  fsr::Stepper step;

 private:
  static std::size_t number_of(const index::IndexFile& file, const std::string& path,
                               const std::optional<std::string>& id) {
    if (!id && file.size() == 1) return 0;
    for (std::size_t i = 0; id && i < file.size(); ++i) {
      if (file.register_at(i).id == *id) return i;
    }
    throw core::InputError(fmt::format("'{}' has {}{}: choose one by register=ID, such as {}", path,
                                       id ? fmt::format("no register {}, but ", core::quoted(*id)) : "",
                                       core::counted(file.size(), "register"), file.register_at(0).id));
  }
};

enum class Content : std::uint8_t { elements, states };

/// The walk from a state on.
class OrbitSource final : public stream::Source {
 public:
  /// @param from, to  steps after the state
  OrbitSource(std::string path, std::shared_ptr<const IndexedWalk> walk, Content content, std::uint64_t state,
              std::uint64_t from, std::uint64_t to)
      : path_(std::move(path)),
        walk_(std::move(walk)),
        content_(content),
        start_(state),
        from_(from),
        length_(to - from),
        end_(length_) {}

  [[nodiscard]] stream::Schema prepare() override {
    if (content_ == Content::states) return stream::Schema({{"state", stream::Type::uint64}});
    return stream::Schema({{"value", stream::Type::element, walk_->reg.field()}});
  }

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context&) override {
    if (!state_) state_ = walk_->locator.jump(start_, core::Natural(from_) + next_);
    stream::Produced produced;
    produced.batch.size = static_cast<std::size_t>(std::min<std::uint64_t>(n, end_ - next_));
    produced.batch.indices = stream::Indices::counting(next_);
    produced.batch.columns.push_back(content_ == Content::states ? states(produced.batch.size)
                                                                 : elements(produced.batch.size));
    next_ += produced.batch.size;
    produced.ended = next_ == end_;
    return produced;
  }
  [[nodiscard]] std::uint64_t position() const noexcept override { return next_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }
  [[nodiscard]] bool can_cut() const override { return true; }
  void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes&) override {
    next_ = begin;
    end_ = end;
    state_.reset();
  }
  [[nodiscard]] std::string file() const override { return path_; }
  void save(core::ByteWriter& out) const override { out.put(next_); }
  void load(core::ByteReader& in) override {
    next_ = in.get<std::uint64_t>();
    state_.reset();
  }

 private:
  std::uint64_t take_state() { return std::exchange(*state_, walk_->step.next(*state_)); }

  stream::Column states(std::size_t n) {
    std::vector<std::uint64_t> states(n);
    std::ranges::generate(states, [&] { return take_state(); });
    return stream::make_slice(std::move(states));
  }
  stream::Column elements(std::size_t n) {
    const std::uint64_t q = walk_->reg.field().order();
    stream::ElementsBuilder elements(q == 2);
    for (; n > 0; --n) elements.push(take_state() % q);
    return elements.take();
  }

  std::string path_;
  std::shared_ptr<const IndexedWalk> walk_;
  Content content_;
  std::uint64_t start_, from_, length_, end_, next_ = 0;
  std::optional<std::uint64_t> state_;  ///< of the next item, where it is known
};

/// @throws stream::SourceError  the file is no index, or has no such register
std::shared_ptr<const IndexedWalk> open_walk(stream::Arguments& a) {
  const std::string path = a.word("index");
  const auto id = a.has("register") ? std::optional(a.word("register")) : std::nullopt;
  try {
    return std::make_shared<const IndexedWalk>(path, id);
  } catch (const core::InputError& error) {
    throw stream::SourceError(a.text(), a.find("index")->begin, fmt::format("orbit: {}", error.what()));
  }
}

stream::Pipeline::Make read_orbit(stream::Arguments& a) {
  constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 62;
  const std::string path = a.word("index");
  const auto walk = open_walk(a);
  if (!a.has("state")) a.fail("state", "is missing: the state that the walk begins at");
  const core::Natural state = stream::read_state(a, walk->reg.field().order(), walk->reg.degree());
  const std::string of = a.word_or("of", "elements");
  if (of != "elements" && of != "states") a.fail("of", "expected elements or states");
  const Content content = of == "states" ? Content::states : Content::elements;
  const auto start = static_cast<std::uint64_t>(state);
  const std::uint64_t from = a.natural_or("from", 0, 0, kMostSteps);
  const index::Place place = walk->locator.locate(start);
  const std::uint64_t repeats = place.distance + place.period;
  if (!a.has("to") && from >= repeats)
    a.fail("from",
           fmt::format("the walk repeats a state after {} steps, and nothing new follows: give to", repeats));
  const std::uint64_t to = a.natural_or("to", repeats, 0, kMostSteps);
  if (to < from) a.fail("to", "is less than from");
  return [=] { return std::make_unique<OrbitSource>(path, walk, content, start, from, to); };
}

}  // namespace

void add_orbit_source(stream::Library& library) {
  library.add_source("orbit",
                     {{"index"},
                      read_orbit,
                      "orbit(\"a.gfi\", state=S, from=A, to=B, of=elements|states, register=ID): the "
                      "walk from a state on, of an orbit index"});
}

}  // namespace gforbit::job_stream
