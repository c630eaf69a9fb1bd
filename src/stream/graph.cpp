#include "gforbit/stream/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/stream/library.hpp"

namespace gforbit::stream {

namespace {

Graph::Kind kind_of(const Term& term) {
  if (dynamic_cast<const Source*>(&term) != nullptr) return Graph::Kind::source;
  if (dynamic_cast<const Stateless*>(&term) != nullptr) return Graph::Kind::stateless;
  if (dynamic_cast<const Stateful*>(&term) != nullptr) return Graph::Kind::stateful;
  if (dynamic_cast<const Join*>(&term) != nullptr) return Graph::Kind::join;
  if (dynamic_cast<const Delay*>(&term) != nullptr) return Graph::Kind::delay;
  return Graph::Kind::sink;
}

const Pipeline& implicit_merge() {
  static const Pipeline kMerge("merge", [] {
    static const Library kLibrary = builtin_library();
    const Syntax syntax{.kind = Syntax::Kind::term, .name = "merge"};
    Arguments none("", syntax, {});
    return kLibrary.terms().at("merge").read(none)();
  });
  return kMerge;
}

}  // namespace

Graph::Graph(const Pipeline& pipeline) {
  Ports open = add(pipeline, {});
  std::erase_if(open, [&](std::size_t node) {  // print is enough of an end
    return std::ranges::any_of(nodes_[node].outputs, [&](std::size_t edge) {
      const Node& to = nodes_[edges_[edge].to];
      return to.kind == Kind::sink && static_cast<const Sink&>(*to.term).kind() == SinkKind::print;
    });
  });
  if (open.empty()) return;
  throw core::InputError(
      fmt::format("what comes out of '{}' goes nowhere: end the pipeline with table(name), csv(\"path\"), "
                  "jsonl(\"path\"), bits(\"path\") or discard",
                  nodes_[open[0]].name));
}

void Graph::fail_to_read(const Pipeline::Node& node, const std::string& message) {
  const std::string text = fmt::format("{}: {}", node.name, message);
  if (node.text.empty()) throw core::InputError(text);
  throw SourceError(node.text, node.position, text);
}

void Graph::fail(const Pipeline::Node& node, const std::string& message) {
  const std::string text = fmt::format("{}: {}", node.name, message);
  if (node.text.empty()) throw core::InputError(text);
  throw SyntaxError(node.text, node.position, text);
}

Graph::Ports Graph::add(const Pipeline& pipeline, const Ports& from) {
  const Pipeline::Node& node = pipeline.node();
  switch (node.kind) {
    case Pipeline::Kind::term:
      return add_term(node, from);
    case Pipeline::Kind::sequence: {
      Ports ports = from;
      for (const Pipeline& part : node.parts) {
        if (&part != &node.parts.front() && ports.empty()) {
          const Pipeline* first = &part;
          while (first->node().kind != Pipeline::Kind::term) first = &first->node().parts.front();
          fail(first->node(), "nothing comes in: a sink before it lets nothing through");
        }
        ports = add(part, ports);
      }
      return ports;
    }
    case Pipeline::Kind::parallel: {
      const Ports shared = merged(from);
      Ports ports;
      for (const Pipeline& part : node.parts) {
        const Ports some = add(part, shared);
        ports.insert(ports.end(), some.begin(), some.end());
      }
      return ports;
    }
  }
  return {};
}

Graph::Ports Graph::merged(Ports from) {
  if (from.size() < 2) return from;
  return add_term(implicit_merge().node(), std::move(from));
}

Graph::Ports Graph::add_term(const Pipeline::Node& node, Ports from) {
  Node made;
  made.name = node.name;
  made.parallel = node.parallel;
  try {
    made.term = node.make();
  } catch (const SyntaxError&) {
    throw;
  } catch (const core::InputError& error) {
    fail_to_read(node, error.what());
  }
  made.kind = kind_of(*made.term);
  if (node.parallel > 0 && made.kind != Kind::stateless)
    fail(node, "parallel=n is for terms without a state: the order of all items matters here");
  if (made.kind == Kind::join) {
    if (from.size() < (static_cast<const Join&>(*made.term).takes_one() ? 1 : 2))
      fail(node, "joins several inputs, such as (a | b) * zip");
  } else if (made.kind == Kind::source) {
    if (!from.empty()) fail(node, "is a source: nothing may come into it");
  } else {
    if (from.empty()) fail(node, "is no source: a pipeline begins with one");
    from = merged(std::move(from));
  }
  try {
    prepare(made, from);
  } catch (const SyntaxError&) {
    throw;
  } catch (const core::InputError& error) {
    if (made.kind == Kind::source) fail_to_read(node, error.what());
    fail(node, error.what());
  }
  const Kind kind = made.kind;
  const bool prints = kind == Kind::sink && static_cast<const Sink&>(*made.term).kind() == SinkKind::print;
  const std::size_t number = nodes_.size();
  nodes_.push_back(std::move(made));
  connect(number, from);
  if (kind == Kind::sink) sinks_.push_back(number);
  if (prints) return from;
  return kind == Kind::sink ? Ports{} : Ports{number};
}

void Graph::connect(std::size_t node, const Ports& from) {
  for (const std::size_t port : from) {
    nodes_[port].outputs.push_back(edges_.size());
    nodes_[node].inputs.push_back(edges_.size());
    edges_.push_back({port, node});
  }
}

void Graph::prepare(Node& node, const Ports& from) {
  std::vector<Schema> in;
  for (const std::size_t port : from) in.push_back(nodes_[port].schema);
  switch (node.kind) {
    case Kind::source:
      node.schema = static_cast<Source&>(*node.term).prepare();
      return;
    case Kind::stateless:
      node.schema = static_cast<Stateless&>(*node.term).prepare(in[0]);
      if (auto* const map = dynamic_cast<ItemMap*>(node.term.get())) map->out_schema_ = node.schema;
      return;
    case Kind::stateful:
      node.schema = static_cast<Stateful&>(*node.term).prepare(in[0]);
      return;
    case Kind::join:
      node.schema = static_cast<Join&>(*node.term).prepare(in);
      return;
    case Kind::sink:
      static_cast<Sink&>(*node.term).prepare(in[0]);
      [[fallthrough]];
    case Kind::delay:
      node.schema = in[0];
      return;
  }
}

namespace {

/// Items of a node for each `per` items of the source; 0: not known.
struct Rate {
  std::uint64_t per = 0;
};

constexpr std::uint64_t kLargestGranule = std::uint64_t{1} << 40;

/// The granule of a cut, as far as it does not depend on the length of the source.
/// @param loses_items  of cut()
std::optional<std::uint64_t> granule_of(const Graph& graph, bool loses_items) {
  const std::vector<Graph::Node>& nodes = graph.nodes();
  std::vector<Rate> rates(nodes.size());
  const Source* source = nullptr;
  std::uint64_t granule = 1;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Graph::Node& node = nodes[i];
    std::vector<std::uint64_t> in;
    for (const std::size_t edge : node.inputs) in.push_back(rates[graph.edges()[edge].from].per);
    const bool equal = std::ranges::adjacent_find(in, std::not_equal_to<>()) == in.end();
    switch (node.kind) {
      case Graph::Kind::source:
        if (source != nullptr) return std::nullopt;
        source = static_cast<const Source*>(node.term.get());
        rates[i].per = source->keeps_count() ? 1 : 0;
        break;
      case Graph::Kind::stateless:
        if (const auto& term = static_cast<const Stateless&>(*node.term);
            term.keeps_count() && !(loses_items && term.may_fail()))
          rates[i].per = in[0];
        break;
      case Graph::Kind::stateful: {
        const std::uint64_t window = static_cast<const Stateful&>(*node.term).window_length();
        if (window == 0 || in[0] == 0 || window > kLargestGranule / in[0]) return std::nullopt;
        rates[i].per = in[0] * window;
        const std::uint64_t step = rates[i].per / std::gcd(granule, rates[i].per);
        if (granule > kLargestGranule / step) return std::nullopt;
        granule *= step;
        break;
      }
      case Graph::Kind::join:
        if (!static_cast<const Join&>(*node.term).can_cut()) return std::nullopt;
        if (static_cast<const Join&>(*node.term).is_aligned()) {
          if (!equal || in[0] == 0) return std::nullopt;
          rates[i].per = in[0];
        }
        break;
      case Graph::Kind::delay:
        rates[i].per = in[0];
        break;
      case Graph::Kind::sink:
        break;
    }
  }
  if (source == nullptr || !source->can_cut()) return std::nullopt;
  return granule;
}

}  // namespace

bool Graph::look_through(const core::StopSignal& stop) const {
  // The answers are for a cut; to count the lines of a file that cannot be cut would be a pass for nothing.
  if (!granule_of(*this, false)) return true;
  return std::ranges::all_of(nodes_, [&](const Node& node) {
    return node.kind != Kind::source || static_cast<const Source&>(*node.term).look_through(stop);
  });
}

std::optional<Graph::Cut> Graph::cut(bool loses_items) const {
  const auto granule = granule_of(*this, loses_items);
  if (!granule) return std::nullopt;
  const auto source = std::ranges::find(nodes_, Kind::source, &Node::kind);
  const auto length = static_cast<const Source&>(*source->term).length();
  return length ? std::optional(Cut{*length, *granule}) : std::nullopt;
}

void Graph::read_what_is_used() {
  std::vector<ColumnSet> wanted;
  for (const Node& node : nodes_) wanted.emplace_back(node.schema.size(), false);
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    for (const std::size_t edge : nodes_[i].inputs) {
      ColumnSet& of = wanted[edges_[edge].from];
      const ColumnSet needed =
          nodes_[i].kind == Kind::delay ? wanted[i] : nodes_[i].term->needs(wanted[i], of.size());
      for (std::size_t c = 0; c < of.size(); ++c) of[c] = of[c] || needed[c];
    }
    if (nodes_[i].kind == Kind::source) static_cast<Source&>(*nodes_[i].term).only(wanted[i]);
  }
}

Source& Graph::only_source() {
  const auto found = std::ranges::find(nodes_, Kind::source, &Node::kind);
  return static_cast<Source&>(*found->term);
}

}  // namespace gforbit::stream
