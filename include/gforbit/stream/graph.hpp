/// A pipeline with its terms made, prepared and connected: everything that can be wrong about it is known
/// before an item moves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/stream/pipeline.hpp"

namespace gforbit::stream {

class Graph {
 public:
  enum class Kind : std::uint8_t { source, stateless, stateful, join, delay, sink };

  struct Node {
    std::string name;
    Kind kind{};
    int parallel = 0;  ///< threads at most; 0: any number
    std::unique_ptr<Term> term;
    std::vector<std::size_t> inputs, outputs;  ///< edges
    Schema schema;                             ///< of what goes out; of a sink: of what comes in
  };
  struct Edge {
    std::size_t from = 0, to = 0;  ///< nodes
  };

  /// How the work can be cut: the source's items in ranges whose ends are multiples of `granule`.
  struct Cut {
    std::uint64_t length = 0;
    std::uint64_t granule = 1;
  };

  /// @throws SyntaxError       pointing at the term, where the pipeline was read from text
  ///         core::InputError  naming it, where it was not
  explicit Graph(const Pipeline& pipeline);

  /// In an order in which every node comes after those it reads.
  [[nodiscard]] std::vector<Node>& nodes() noexcept { return nodes_; }
  [[nodiscard]] const std::vector<Node>& nodes() const noexcept { return nodes_; }
  [[nodiscard]] const std::vector<Edge>& edges() const noexcept { return edges_; }
  /// Nodes of the sinks.
  [[nodiscard]] const std::vector<std::size_t>& sinks() const noexcept { return sinks_; }
  [[nodiscard]] const Sink& sink(std::size_t i) const {
    return static_cast<const Sink&>(*nodes_[sinks_[i]].term);
  }
  [[nodiscard]] const Schema& sink_schema(std::size_t i) const { return nodes_[sinks_[i]].schema; }
  /// Lets all sources find out what cut() asks them. @return false: stopped before
  [[nodiscard]] bool look_through(const core::StopSignal& stop) const;
  /// Whether independent runs of ranges of the source, one after the other, put out what one run does: one
  /// source that can be cut, terms without a state or with windows that begin anew at the ends of ranges.
  /// @param loses_items  those that cannot be done are left out, so that windows cannot be cut behind them
  [[nodiscard]] std::optional<Cut> cut(bool loses_items = false) const;
  /// Tells the sources which columns are read at all: what stands in others does not matter, except in dead
  /// letters.
  void read_what_is_used();
  /// The source of a graph that cut() says can be cut.
  [[nodiscard]] Source& only_source();

 private:
  using Ports = std::vector<std::size_t>;  ///< nodes whose items go on
  Ports add(const Pipeline& pipeline, const Ports& from);
  Ports add_term(const Pipeline::Node& node, Ports from);
  Ports merged(Ports from);
  void connect(std::size_t node, const Ports& from);
  void prepare(Node& node, const Ports& from);
  [[noreturn]] static void fail(const Pipeline::Node& node, const std::string& message);
  [[noreturn]] static void fail_to_read(const Pipeline::Node& node, const std::string& message);

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<std::size_t> sinks_;
};

}  // namespace gforbit::stream
