#include "gforbit/stream/pipeline.hpp"

#include <cassert>
#include <utility>

namespace gforbit::stream {

Pipeline::Pipeline(std::string name, Make make, int parallel)
    : node_(std::make_shared<const Node>(
          Node{Kind::term, std::move(name), std::move(make), parallel, {}, {}, 0})) {}

Pipeline::Pipeline(Kind kind, std::vector<Pipeline> parts) {
  assert(!parts.empty());
  Node node;
  node.kind = kind;
  for (Pipeline& part : parts) {  // a * b * c is one sequence of three
    if (part.node().kind == kind) {
      node.parts.insert(node.parts.end(), part.node().parts.begin(), part.node().parts.end());
    } else {
      node.parts.push_back(std::move(part));
    }
  }
  node_ = std::make_shared<const Node>(std::move(node));
}

Pipeline Pipeline::at(std::string text, std::size_t position) const {
  Node node = *node_;
  node.text = std::move(text);
  node.position = position;
  Pipeline placed = *this;
  placed.node_ = std::make_shared<const Node>(std::move(node));
  return placed;
}

}  // namespace gforbit::stream
