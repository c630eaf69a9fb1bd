/// Reading of single values, for ResultReader.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/store/table.hpp"
#include "hdf5.hpp"

namespace gforbit::store::hdf5 {

/// @return nullopt where the object has no such attribute
/// @throws Failure  the attribute is of another kind or shape
[[nodiscard]] std::optional<std::vector<std::string>> attribute_texts(hid_t object, const std::string& name);
template <class Number>
[[nodiscard]] std::optional<std::vector<Number>> attribute_numbers(hid_t object, const std::string& name);

/// Texts of fixed or variable length from [first, first + n) of a one-dimensional dataset, or its only value
/// (n = 1) where it is a scalar. @throws Failure
[[nodiscard]] std::vector<std::string> read_texts(hid_t dataset, std::uint64_t first, std::uint64_t n);

/// The values of a numeric dataset from `first` on. `memory_type` is the type of `Number`. @throws Failure
template <class Number>
void read_numbers(hid_t dataset, hid_t memory_type, std::uint64_t first, std::span<Number> out);
/// The values [first, first + n).
template <class Number>
void read_numbers(hid_t dataset, hid_t memory_type, std::uint64_t first, std::uint64_t n,
                  std::vector<Number>& out);

/// A stored type as docs/file-format.md names it: "uint8", "text", "text[]", "reference"; "unknown" for all
/// others.
[[nodiscard]] std::string type_name(hid_t type);

/// Names and types of all attributes, sorted by name. @throws Failure
[[nodiscard]] std::vector<AttributeSpec> attributes_of(hid_t object);

/// The column type of a stored type; nullopt for one that no table of gforbit has.
[[nodiscard]] std::optional<ColumnType> column_type(hid_t type);

}  // namespace gforbit::store::hdf5
