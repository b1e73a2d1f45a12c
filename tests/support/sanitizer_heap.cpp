// SPDX-License-Identifier: Apache-2.0
// The heap of programs built with the address sanitizer: behind each object lie eight bytes that what is compiled with
// the sanitizer may not touch, but that are there for libraries that are not. oneDNN 2.6 reads, and does not use, one
// number past the end of a vector (its mask of rows, as it writes a kernel for AMX); where the sanitizer's own heap
// ends there, that is a crash.

#include <cstddef>
#include <cstdlib>
#include <new>

#ifdef __has_feature  // clang's way of saying it; gcc defines __SANITIZE_ADDRESS__
#if __has_feature(address_sanitizer)
#define LIMPID_ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(LIMPID_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>

namespace {

void* allocate(size_t size) noexcept {
  constexpr size_t slack = 8;
  auto* const object = static_cast<char*>(std::malloc(size + slack));
  if (object) __asan_poison_memory_region(object + size, slack);
  return object;
}

void* allocate_or_throw(size_t size) {
  if (void* const object = allocate(size)) return object;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(size_t size) { return allocate_or_throw(size); }
void* operator new[](size_t size) { return allocate_or_throw(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* object) noexcept { std::free(object); }
void operator delete[](void* object) noexcept { std::free(object); }
void operator delete(void* object, size_t) noexcept { std::free(object); }
void operator delete[](void* object, size_t) noexcept { std::free(object); }
void operator delete(void* object, const std::nothrow_t&) noexcept { std::free(object); }
void operator delete[](void* object, const std::nothrow_t&) noexcept { std::free(object); }

#endif
