internal import Glibc

/// How many files and connections this process may have open at a time.
package enum DescriptorLimit {
  /// The number in force.
  package static var current: Int { Int(clamping: limits().rlim_cur) }

  /// Raises the number to the most that the system allows this process, and gives it: a shell's usual 1024 are fewer
  /// than a port's connections.
  package static func raise() -> Int {
    var limits = limits()
    if limits.rlim_cur < limits.rlim_max {
      limits.rlim_cur = limits.rlim_max
      _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    }
    return current
  }

  private static func limits() -> rlimit {
    var limits = rlimit()
    _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    return limits
  }
}
