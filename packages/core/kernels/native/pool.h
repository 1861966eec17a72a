// The threads that share the launches of one memory. They are the addon's own, know nothing of JavaScript, and sleep when there is
// nothing to do, so that they never keep a process alive.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "kernel.h"
#include "launch.h"

namespace convgrad {

class Pool {
 public:
  explicit Pool(u8* memory) : memory_(memory) {}

  u8* memory() const { return memory_; }

  void run(Kernel* kernel, const void* args, int tasks) {
    convgradMemoryBase = memory_;
    team_.run(kernel, args, tasks);
  }

  // Runs all tasks of a launch on at most `threads` threads, this one included. Returns when the last is done.
  void runOnThreads(Kernel* kernel, const void* args, int tasks, int threads) {
    convgradMemoryBase = memory_;
    start(minimum(threads, tasks) - 1);
    const int asleep = team_.publish(kernel, args, tasks, threads);
    if (asleep > 0) wakeIfWorthwhile(tasks, threads, asleep);
    team_.share(0, tasks);
    team_.join();
  }

  int tasksRun(int worker) const { return team_.tasksRun(worker); }

  // Ends all threads; nothing is launched afterwards.
  void stop() {
    team_.dismiss();
    for (int worker = 1; worker <= running_; ++worker) pthread_join(members_[worker].thread, nullptr);
    running_ = 0;
  }

 private:
  struct Member {
    Pool* pool;
    int worker;
    pthread_t thread;
  };

  // Without tasks, a thread looks for so long before it sleeps.
  static constexpr i64 patienceNanoseconds = 150'000;
  static constexpr int looks = 64;
  // Work that is worth waking threads for: they are there some 40 microseconds later, and waking takes 5 to 20 of these.
  static constexpr i64 worthWakingNanoseconds = 50'000;
  // It must come to more than one part in so many of the time, else they would be asleep again before there is more.
  static constexpr i64 worthWakingParts = 4;
  // No kernel has more than some tens of KiB of local variables.
  static constexpr std::size_t stackBytes = 1 << 20;

  static i64 now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<i64>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  }

  // Threads that the system refuses are not asked for again: those there are do the work.
  void start(int count) {
    if (asked_ >= count) return;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stackBytes);
    // Signals are the program's business, on threads of its own.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; asked_ < count; ++asked_) {
      if (running_ < asked_) continue;
      Member& member = members_[running_ + 1];
      member.pool = this;
      member.worker = running_ + 1;
      if (pthread_create(&member.thread, &attributes, work, &member) == 0) ++running_;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
  }

  static void* work(void* argument) {
    const Member& member = *static_cast<const Member*>(argument);
    Pool& pool = *member.pool;
    convgradMemoryBase = pool.memory_;
    for (i64 idleSince = now(); !pool.team_.isDismissed();) {
      if (pool.team_.attend(member.worker, looks)) {
        idleSince = now();
      } else if (now() - idleSince > patienceNanoseconds) {
        pool.team_.rest(member.worker);
        idleSince = now();
      }
    }
    return nullptr;
  }

  // The first task tells what the others are worth; small launches add up. Where it took long last time, it is not waited for: half as long is
  // assumed next time, so that it is measured again now and then.
  void wakeIfWorthwhile(int tasks, int threads, int asleep) {
    if (firstNanoseconds_ > worthWakingNanoseconds) {
      firstNanoseconds_ /= 2;
      return wakeOthers(tasks, threads, asleep);
    }
    const i64 started = now();
    team_.share(0, 1);
    const i64 ended = now();
    firstNanoseconds_ = ended - started;
    missedNanoseconds_ = maximum<i64>(missedNanoseconds_ - (started - missedAt_) / worthWakingParts, 0) + (ended - started) * (tasks - 1);
    missedAt_ = ended;
    if (missedNanoseconds_ < worthWakingNanoseconds) return;
    wakeOthers(tasks, threads, asleep);
  }

  void wakeOthers(int tasks, int threads, int asleep) {
    missedNanoseconds_ = 0;
    const int awake = minimum(running_, threads - 1) - asleep;
    const int wanted = minimum(tasks, threads) - 1 - awake;
    if (wanted > 0) team_.wake(wanted);
  }

  u8* const memory_;
  Team team_{};
  Member members_[mostThreads]{};
  // Threads that were asked for, and those that there are.
  int asked_ = 0;
  int running_ = 0;
  // Work that this thread did lately, and that others could have done, as of when.
  i64 missedNanoseconds_ = 0;
  i64 missedAt_ = 0;
  // How long the first task took of the last launch that found others asleep.
  i64 firstNanoseconds_ = 0;
};

}  // namespace convgrad
