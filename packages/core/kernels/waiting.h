// Waiting for a word of memory to change, asleep or on the way to it.
#pragma once

#include <atomic>
#include <cstdint>

#if defined(__linux__)
#include <climits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace convgrad {

#if defined(__wasm__)

// A pause in a loop that looks at a word again and again.
inline void pause() {}

// Sleeps while the word has the value, until it is notified; may return at any time.
inline void waitWhile(std::atomic<std::int32_t>& word, std::int32_t value) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&word), value, -1);
}
inline void waitWhile(std::atomic<std::uint64_t>& word, std::uint64_t value) {
  __builtin_wasm_memory_atomic_wait64(reinterpret_cast<long long*>(&word), static_cast<long long>(value), -1);
}

// Wakes so many of those that sleep on the word.
template <class Word>
inline void notify(std::atomic<Word>& word, std::uint32_t count) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&word), count);
}

#else

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

#if defined(__linux__)

// The system looks at 32 bits: of a larger word, at the lower ones.
template <class Word>
inline std::uint32_t* lowerHalf(std::atomic<Word>& word) { return reinterpret_cast<std::uint32_t*>(&word); }

template <class Word>
inline void waitWhile(std::atomic<Word>& word, Word value) {
  syscall(SYS_futex, lowerHalf(word), FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(value), nullptr, nullptr, 0);
}

template <class Word>
inline void notify(std::atomic<Word>& word, std::uint32_t count) {
  syscall(SYS_futex, lowerHalf(word), FUTEX_WAKE_PRIVATE, count < INT_MAX ? count : INT_MAX, nullptr, nullptr, 0);
}

#else

template <class Word>
inline void waitWhile(std::atomic<Word>& word, Word value) { word.wait(value); }

template <class Word>
inline void notify(std::atomic<Word>& word, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) word.notify_one();
}

#endif
#endif

}  // namespace convgrad
