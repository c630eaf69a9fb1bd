// A solver with the worker protocol in C++: answers with the input turned upside down.
// Build: g++ -std=c++20 -O2 configs/scoring/solver.cpp -o build/upside_down (needs nlohmann-json)
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto request = nlohmann::json::parse(line);
    auto output = request["input"];
    std::reverse(output.begin(), output.end());
    const nlohmann::json reply{{"id", request["id"]}, {"outputs", {output}}};
    std::cout << reply.dump() << std::endl;  // flushed: gforbit waits for the line
  }
}
