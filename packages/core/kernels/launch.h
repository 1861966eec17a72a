// One launch at a time, shared by a team of threads. Thread 0 publishes it, takes tasks of it like the others, and waits until all
// are done. On WebAssembly every thread has an instance of the binary in the same memory, and the generated dispatch table includes
// this; natively the addon's thread pool does.
#pragma once

#include <atomic>
#include <cstdint>

#include "waiting.h"

namespace convgrad {

using Kernel = void(const void* args, int index, int count, int worker);

inline constexpr int mostThreads = 256;

// Whoever waits looks so many times before it sleeps: some twenty microseconds.
#if defined(__wasm__)
inline constexpr int joinSpins = 20000;
#else
inline constexpr int joinSpins = 1000;
#endif

struct Launch {
  // Threads that may take part in the upper half, tasks that nobody has claimed in the lower one. What a launch is lies beside them
  // and is read after a claim: until the claimed task is done it cannot change, so a late claim is one of the next launch, as good as any.
  alignas(64) std::atomic<std::uint64_t> claims;
  alignas(64) std::atomic<std::int32_t> unfinished;
  std::atomic<std::int32_t> joining;
  std::atomic<std::int32_t> failures;
  alignas(64) Kernel* function;
  const void* args;
  std::int32_t tasks;
  std::int32_t homes;
  alignas(64) std::atomic<std::int32_t> threads;
  std::atomic<std::int32_t> sleepers;
  std::atomic<bool> dismissed;
};

// What one thread has claimed and not yet reported, and all that it ever ran.
struct alignas(64) Thread {
  std::int32_t claimed;
  std::uint32_t ran;
};

// Each thread's even share of a launch's tasks, neighbours: of those before `end` so many are left. It takes others only when it is done
// with its own. So what one launch writes mostly the same thread reads, or writes again, in the next; memory that another processor
// wrote last takes several times as long to write.
struct alignas(64) Home {
  std::atomic<std::int32_t> left = 0;
  std::int32_t end = 0;
};

class Team {
 public:
  // Runs a launch on this thread alone.
  void run(Kernel* function, const void* args, int tasks) {
    for (int task = 0; task < tasks; ++task) function(args, task, tasks, 0);
    threads[0].ran += static_cast<std::uint32_t>(tasks);
  }

  // Makes a launch known. Returns how many threads sleep.
  int publish(Kernel* function, const void* args, int tasks, int members) {
    if (launch.threads.load(std::memory_order_relaxed) != members) {
      launch.threads.store(members);
      notify(launch.threads, mostThreads);
    }
    launch.function = function;
    launch.args = args;
    launch.tasks = tasks;
    launch.homes = members < tasks ? members : tasks;
    for (std::int32_t home = 0, start = 0; home < launch.homes; ++home) {
      const std::int32_t end = static_cast<std::int32_t>(static_cast<std::int64_t>(tasks) * (home + 1) / launch.homes);
      homes[home].left.store(end - start, std::memory_order_relaxed);
      homes[home].end = start = end;
    }
    launch.unfinished.store(tasks, std::memory_order_relaxed);
    launch.claims.store(static_cast<std::uint64_t>(members) << 32 | static_cast<std::uint32_t>(tasks));
    return launch.sleepers.load();
  }

  // Runs tasks until none is left, `most` of them at most. Returns whether there were any.
  bool share(int worker, int most) {
    if (!claim(worker)) return false;
    Kernel* const function = launch.function;
    const void* const args = launch.args;
    const std::int32_t tasks = launch.tasks;
    do {
      ++threads[worker].claimed;
      function(args, take(worker), tasks, worker);
    } while (--most > 0 && claim(worker));
    settle(worker);
    return true;
  }

  // Waits until every claimed task is done. Returns how many threads failed in one.
  int join() {
    for (int spin = 0; launch.unfinished.load(std::memory_order_acquire) != 0; ++spin) {
      pause();
      if (spin < joinSpins) continue;
      launch.joining.store(1);
      while (const std::int32_t left = launch.unfinished.load()) waitWhile(launch.unfinished, left);
      launch.joining.store(0, std::memory_order_relaxed);
    }
    return launch.failures.exchange(0, std::memory_order_relaxed);
  }

  // After thread 0 failed in a task: takes back what nobody has claimed, and waits for the others.
  void cancel() {
    const std::uint64_t open = launch.claims.exchange(0);
    launch.unfinished.fetch_sub(static_cast<std::int32_t>(static_cast<std::uint32_t>(open)));
    settle(0);
    join();
  }

  // After another thread failed in a task.
  void fail(int worker) {
    launch.failures.fetch_add(1);
    settle(worker);
  }

  // Looks `spins` times for tasks and runs them. Returns whether there were any.
  bool attend(int worker, int spins) {
    for (int spin = 0; spin < spins; ++spin) {
      if (isOpen(launch.claims.load(std::memory_order_relaxed), worker)) return share(worker, INT32_MAX);
      pause();
    }
    return false;
  }

  // Sleeps until there may be something to do.
  void rest(int worker) {
    const std::int32_t members = launch.threads.load();
    const std::uint64_t seen = launch.claims.load();
    if (isDismissed()) return;
    if (worker >= members) return waitWhile(launch.threads, members);
    if (isOpen(seen, worker)) return;
    launch.sleepers.fetch_add(1);
    waitWhile(launch.claims, seen);
    launch.sleepers.fetch_sub(1);
  }

  int tasksRun(int worker) const { return static_cast<int>(threads[worker].ran); }

  // Wakes threads that rest.
  void wake(int count) { notify(launch.claims, static_cast<std::uint32_t>(count)); }

  // Ends the team: no launch follows, and nobody rests any more. The two words change, so that whoever looked at them before does not
  // fall asleep.
  void dismiss() {
    launch.dismissed.store(true);
    launch.claims.store(1);
    launch.threads.store(-1);
    alarm();
  }

  bool isDismissed() const { return launch.dismissed.load(); }

  // Wakes every thread, whatever it waits for.
  void alarm() {
    notify(launch.claims, mostThreads);
    notify(launch.threads, mostThreads);
  }

 private:
  static bool isOpen(std::uint64_t claims, int worker) {
    return static_cast<std::uint32_t>(claims) != 0 && static_cast<std::uint32_t>(worker) < claims >> 32;
  }

  // Claims some one of the tasks that are left. Returns whether there was any.
  bool claim(int worker) {
    std::uint64_t seen = launch.claims.load(std::memory_order_relaxed);
    while (isOpen(seen, worker)) {
      if (launch.claims.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  // Which one it is: there is a task for every claim.
  std::int32_t take(int worker) {
    for (std::int32_t home = worker % launch.homes;; home = home + 1 < launch.homes ? home + 1 : 0) {
      if (homes[home].left.load(std::memory_order_relaxed) <= 0) continue;
      const std::int32_t left = homes[home].left.fetch_sub(1, std::memory_order_relaxed);
      if (left > 0) return homes[home].end - left;
    }
  }

  // Reports the tasks that a thread has claimed as done.
  void settle(int worker) {
    Thread& thread = threads[worker];
    const std::int32_t done = thread.claimed;
    if (done == 0) return;
    thread.claimed = 0;
    thread.ran += static_cast<std::uint32_t>(done);
    if (launch.unfinished.fetch_sub(done) == done && launch.joining.load() != 0) notify(launch.unfinished, 1);
  }

  Launch launch;
  Thread threads[mostThreads];
  Home homes[mostThreads];
};

}  // namespace convgrad
