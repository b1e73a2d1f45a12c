// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops of our own, compiled for the CPU's vector units, and bfloat16 in terms that these have instructions for.

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#if defined(__x86_64__) && defined(__GNUC__)
#define LIMPID_VECTOR_UNITS 1
#if defined(__clang__)
#define LIMPID_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#else
#define LIMPID_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=512")))
#endif
#define LIMPID_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define LIMPID_AMX __attribute__((target("amx-tile,amx-bf16")))
#include <immintrin.h>
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // gcc 12 takes what intrinsics leave undefined for a mistake
#endif
#endif
#define LIMPID_INLINE __attribute__((always_inline))  // so that it is compiled for its caller's instructions

namespace limpid {

#ifdef LIMPID_VECTOR_UNITS
/// libtorch may be told what vector units to use, "default" (none) or "avx2", and loops here heed it.
inline std::string_view told_vector_units() {
  const char* told = std::getenv("ATEN_CPU_CAPABILITY");
  return told ? told : "";
}

inline bool has_avx2() {
  static const bool found =
      told_vector_units() != "default" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return found;
}

inline bool has_avx512() {
  static const bool found = has_avx2() && told_vector_units() != "avx2" && __builtin_cpu_supports("avx512f") &&
                            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512dq");
  return found;
}

inline bool has_avx512_bf16() {
  static const bool found = has_avx512() && __builtin_cpu_supports("avx512bf16");
  return found;
}

template <class Loops>
__attribute__((target("avx2,fma"))) void with_avx2(const Loops& loops) {
  loops();
}

template <class Loops>
LIMPID_AVX512 void with_avx512(const Loops& loops) {
  loops();
}
#endif

enum class VectorUnits { none, avx2, avx512 };

/// The widest that this CPU has.
inline VectorUnits widest_vector_units() {
#ifdef LIMPID_VECTOR_UNITS
  if (has_avx512()) return VectorUnits::avx512;
  if (has_avx2()) return VectorUnits::avx2;
#endif
  return VectorUnits::none;
}

/// Runs loops compiled for vectors: two to four times as fast as without.
template <class Loops>
void vectorized(VectorUnits units, const Loops& loops) {
#ifdef LIMPID_VECTOR_UNITS
  if (units == VectorUnits::avx512) return with_avx512(loops);
  if (units == VectorUnits::avx2) return with_avx2(loops);
#endif
  loops();
}

template <class Loops>
void vectorized(const Loops& loops) {
  vectorized(widest_vector_units(), loops);
}

/// What loops run in on this CPU.
inline const char* vector_units() {
  static constexpr const char* names[] = {"without vector units", "avx2", "avx512"};
  return names[static_cast<int>(widest_vector_units())];
}

LIMPID_INLINE inline float float_of_bfloat16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// The nearest one, of two the even one.
LIMPID_INLINE inline uint16_t bfloat16_of_float(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  return static_cast<uint16_t>(x == x ? rounded : 0x7FC0);  // rounding could make an infinity of a NaN
}

#ifdef LIMPID_VECTOR_UNITS
/// A mask of the first lanes: as many as there are numbers left.
LIMPID_AVX512_BF16 inline __mmask16 first_of_16(int64_t left) {
  return static_cast<__mmask16>(left < 16 ? (1 << left) - 1 : 0xFFFF);
}

LIMPID_AVX512_BF16 inline __m512 floats_of_bfloat16(__m256i bits) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

LIMPID_AVX512_BF16 inline __m256i bfloat16_of_floats(__m512 x) { return (__m256i)_mm512_cvtneps_pbh(x); }
#endif

}  // namespace limpid
