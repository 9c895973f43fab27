internal import CLuaBridge

/// What is left of the run whose host call is being answered on this thread.
package enum HostCallTime {
  /// The time until its deadline; nil where no run waits.
  package static var left: Duration? {
    let nanoseconds = clb_host_nanoseconds_left()
    return nanoseconds == .max ? nil : .nanoseconds(Int64(clamping: nanoseconds))
  }
}
