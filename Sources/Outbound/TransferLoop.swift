internal import CCurl
internal import Glibc
internal import Synchronization

/// The thread on which libcurl works. Others hand it transfers and wake it.
final class TransferLoop: Sendable {
  /// libcurl's handle for all transfers, which only the loop's thread uses, but for waking it.
  @safe private struct Handle: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer
  }

  private struct Inbox {
    /// Nil before the thread runs and after it ended.
    var handle: Handle?
    var starting: [Transfer] = []
    var cancelled: [Transfer] = []
    /// Transfers that haven't ended.
    var open = 0
    var isStopped = false
    var onStopped: [@Sendable () -> Void] = []

    func wake() {
      if let handle { _ = unsafe curl_multi_wakeup(handle.multi) }
    }
  }

  private let limits: OutboundLimits
  private let authorities: String?
  private let inbox = Mutex(Inbox())

  init(limits: OutboundLimits, authorities: String?) {
    self.limits = limits
    self.authorities = authorities
  }

  /// Takes a transfer, and starts the thread with the first. Answers why not.
  func start(_ transfer: Transfer) -> OutboundError? {
    inbox.withLock { inbox in
      if inbox.isStopped { return OutboundError(.closed, "the client has been shut down") }
      guard inbox.open < limits.requests else {
        return OutboundError(.overloaded, "\(limits.requests) requests are under way already")
      }
      if inbox.handle == nil {
        guard let handle = makeHandle(), startThread(handle) else {
          return OutboundError(.overloaded, "the system gives no thread or no memory for a request")
        }
        inbox.handle = handle
      }
      inbox.open += 1
      inbox.starting.append(transfer)
      inbox.wake()
      return nil
    }
  }

  /// Ends a transfer early.
  func cancel(_ transfer: Transfer) {
    transfer.cancel()
    inbox.withLock { inbox in
      guard inbox.handle != nil else { return }
      inbox.cancelled.append(transfer)
      inbox.wake()
    }
  }

  /// Ends everything; `done` is called when the thread has, at once when there is none.
  func stop(_ done: @escaping @Sendable () -> Void = {}) {
    let isOver = inbox.withLock { inbox in
      inbox.isStopped = true
      guard inbox.handle != nil else { return true }
      inbox.onStopped.append(done)
      inbox.wake()
      return false
    }
    if isOver { done() }
  }

  private func makeHandle() -> Handle? {
    // Once a process; libcurl says that it may be called from several threads since 7.84.
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = unsafe curl_multi_init() else {
      return nil
    }
    _ = unsafe cascade_curl_multi_set_number(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connections)
    _ = unsafe cascade_curl_multi_set_number(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    return unsafe Handle(multi: multi)
  }

  private final class Course {
    let loop: TransferLoop
    let handle: Handle
    init(_ loop: TransferLoop, _ handle: Handle) {
      self.loop = loop
      self.handle = handle
    }
  }

  private func startThread(_ handle: Handle) -> Bool {
    let course = unsafe Unmanaged.passRetained(Course(self, handle))
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        let course = unsafe Unmanaged<Course>.fromOpaque(context).takeRetainedValue()
        course.loop.run(course.handle)
        return nil
      }, course.toOpaque())
    guard status == 0 else {
      unsafe course.release()
      _ = unsafe curl_multi_cleanup(handle.multi)
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func run(_ handle: Handle) {
    let multi = unsafe handle.multi
    var open: [UnsafeMutableRawPointer: OpenTransfer] = unsafe [:]
    while true {
      let (starting, cancelled, isStopped) = inbox.withLock { inbox in
        defer {
          inbox.starting = []
          inbox.cancelled = []
        }
        return (inbox.starting, inbox.cancelled, inbox.isStopped)
      }
      for transfer in starting { unsafe begin(transfer, multi, &open) }
      for transfer in cancelled {
        guard let easy = unsafe open.first(where: { unsafe $0.value.transfer === transfer })?.key else { continue }
        let sent = unsafe Self.requestBytes(easy) > 0
        unsafe close(easy, multi, &open, .failure(OutboundError(.cancelled, "cancelled", wasSent: sent)))
      }
      if isStopped { break }
      var running: Int32 = 0
      _ = unsafe curl_multi_perform(multi, &running)
      var code = CURLE_OK
      while let easy = unsafe cascade_curl_ended(multi, &code) {
        var status = 0
        _ = unsafe cascade_curl_number(easy, CURLINFO_RESPONSE_CODE, &status)
        guard let transfer = unsafe open[easy]?.transfer else { continue }
        var systemError = 0
        _ = unsafe cascade_curl_number(easy, CURLINFO_OS_ERRNO, &systemError)
        let outcome = transfer.outcome(
          code, status: status, requestBytes: unsafe Self.requestBytes(easy), systemError: systemError)
        unsafe close(easy, multi, &open, outcome)
      }
      let rest = unsafe closeOverdue(multi, &open)
      _ = unsafe curl_multi_poll(multi, nil, 0, rest, nil)
    }
    while let easy = unsafe open.first?.key {
      let sent = unsafe Self.requestBytes(easy) > 0
      unsafe close(
        easy, multi, &open, .failure(OutboundError(.closed, "the client has been shut down", wasSent: sent)))
    }
    let (left, done) = inbox.withLock { inbox in
      inbox.handle = nil
      defer {
        inbox.starting = []
        inbox.cancelled = []
        inbox.onStopped = []
      }
      return (inbox.starting, inbox.onStopped)
    }
    for transfer in left { transfer.end(.failure(OutboundError(.closed, "the client has been shut down"))) }
    _ = unsafe curl_multi_cleanup(multi)
    for call in done { call() }
  }

  /// Ends the transfers whose time is over; the milliseconds until the next one's is, at most a minute. O(open).
  private func closeOverdue(
    _ multi: UnsafeMutableRawPointer, _ open: inout [UnsafeMutableRawPointer: OpenTransfer]
  ) -> Int32 {
    let now = ContinuousClock.now
    while let easy = unsafe open.first(where: { unsafe $0.value.transfer.deadline <= now })?.key {
      guard let transfer = unsafe open[easy]?.transfer else { break }
      let sent = unsafe Self.requestBytes(easy)
      unsafe close(
        easy, multi, &open,
        transfer.outcome(CURLE_OPERATION_TIMEDOUT, status: 0, requestBytes: sent, systemError: 0))
    }
    let next = unsafe open.values.map { unsafe $0.transfer.deadline }.min() ?? now + .seconds(60)
    return Int32(min((next - now) / .milliseconds(1), 60_000)) + 1
  }

  private func begin(
    _ transfer: Transfer, _ multi: UnsafeMutableRawPointer, _ open: inout [UnsafeMutableRawPointer: OpenTransfer]
  ) {
    guard !transfer.isCancelled else {
      inbox.withLock { $0.open -= 1 }
      transfer.end(.failure(OutboundError(.cancelled, "cancelled")))
      return
    }
    guard let made = unsafe OpenTransfer(transfer, limits: limits, authorities: authorities) else {
      inbox.withLock { $0.open -= 1 }
      transfer.end(.failure(OutboundError(.overloaded, "libcurl gives no memory for a request")))
      return
    }
    unsafe open[made.easy] = made
    _ = unsafe curl_multi_add_handle(multi, made.easy)
  }

  private func close(
    _ easy: UnsafeMutableRawPointer, _ multi: UnsafeMutableRawPointer,
    _ open: inout [UnsafeMutableRawPointer: OpenTransfer], _ outcome: Transfer.Outcome
  ) {
    guard let ended = unsafe open.removeValue(forKey: easy) else { return }
    _ = unsafe curl_multi_remove_handle(multi, easy)
    unsafe ended.free()
    inbox.withLock { $0.open -= 1 }
    unsafe ended.transfer.end(outcome)
  }

  private static func requestBytes(_ easy: UnsafeMutableRawPointer) -> Int {
    var bytes = 0
    _ = unsafe cascade_curl_number(easy, CURLINFO_REQUEST_SIZE, &bytes)
    return bytes
  }
}
