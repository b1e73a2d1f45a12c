// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random numbers that are the same on every machine, made from a seed and nothing else.

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

namespace limpid {

/// One seed of several numbers (splitmix64 steps): draws of (seed, epoch, index) do not depend on what was drawn
/// before.
inline uint64_t mixed_seed(std::initializer_list<uint64_t> parts) {
  uint64_t state = 0x9e3779b97f4a7c15;
  for (const uint64_t part : parts) {
    state = (state ^ part) + 0x9e3779b97f4a7c15;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
    state ^= state >> 31;
  }
  return state;
}

/// std::mt19937_64, whose numbers the standard fixes, without the distributions, whose numbers it does not.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /// In (0, 1).
  double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform()); }
  /// 0 … count − 1, for counts far below 2^53.
  int64_t below(int64_t count) { return static_cast<int64_t>(uniform() * static_cast<double>(count)); }

  /// Fisher and Yates.
  template <class Value>
  void shuffle(std::vector<Value>& values) {
    for (size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace limpid
