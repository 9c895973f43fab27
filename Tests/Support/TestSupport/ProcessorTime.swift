internal import Glibc

/// What the calling thread has used of a processor. Others on the machine don't count, so a test may hold a rule to it.
public func processorTime() -> Duration {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// What work that stays on the calling thread used of a processor.
public func processorTime(of work: () throws -> Void) rethrows -> Duration {
  let began = processorTime()
  try work()
  return processorTime() - began
}
