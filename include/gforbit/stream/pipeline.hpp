/// Pipelines as values: terms composed in sequence (`*`) and in parallel (`|`), in C++ as in text.
///
///     const Pipeline p = range(0, 1000) * (window(10) | window(100)) * discard();
///     const Pipeline q = parse("range(0, 1000) * (window(10) | window(100)) * discard", library);
///
/// `a | b` gives every item to both; what both put out is merged by source index unless a join follows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/stream/term.hpp"

namespace gforbit::stream {

/// Immutable; cheap to copy. A pipeline can be run any number of times: each run makes its own terms.
class Pipeline {
 public:
  using Make = std::function<std::unique_ptr<Term>()>;
  enum class Kind : std::uint8_t { term, sequence, parallel };

  /// One term. @param parallel  threads at most in a stateless term; 0: as many as there are
  Pipeline(std::string name, Make make, int parallel = 0);

  friend Pipeline operator*(const Pipeline& a, const Pipeline& b) { return {Kind::sequence, {a, b}}; }
  friend Pipeline operator|(const Pipeline& a, const Pipeline& b) { return {Kind::parallel, {a, b}}; }
  /// @param parts  at least one
  Pipeline(Kind kind, std::vector<Pipeline> parts);

  struct Node {
    Kind kind{};
    std::string name;
    Make make;
    int parallel = 0;
    std::vector<Pipeline> parts;
    std::string text;          ///< of the whole pipeline; empty: made in C++
    std::size_t position = 0;  ///< of the term in it
  };
  [[nodiscard]] const Node& node() const noexcept { return *node_; }
  /// The same term, known to stand at a place of a text.
  [[nodiscard]] Pipeline at(std::string text, std::size_t position) const;

 private:
  std::shared_ptr<const Node> node_;
};

/// A term of class T, made anew for each run from copies of the arguments.
template <class T, class... Args>
[[nodiscard]] Pipeline term(std::string name, Args... args) {
  return Pipeline(std::move(name),
                  [args...]() -> std::unique_ptr<Term> { return std::make_unique<T>(args...); });
}

}  // namespace gforbit::stream
