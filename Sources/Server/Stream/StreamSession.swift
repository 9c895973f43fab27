internal import Core

/// One reader's stream: says hello, what was missed, what comes, and goodbye.
///
/// It holds no events but those it is writing. What it has is a place in each log; who is slow reads on from there at
/// its own pace, and misses nothing.
struct StreamSession {
  let request: StreamRequest
  let viewer: StreamViewer
  let hub: StreamHub
  /// Writes bytes, and returns when there is room for more. Throws when nobody reads any more.
  let write: ([UInt8]) async throws -> Void
  /// Whether the reader may still read.
  let isAllowed: @Sendable () -> Bool
  let clock: any Clock<Duration>

  private var cursor: StreamCursor
  private var tails: [StreamTail]
  private var unkept: UInt64
  /// How many events each tail had seen when the reader was last in it.
  private var seen: [String: UInt64] = [:]
  private var state = State.replaying
  private var out: [UInt8] = []

  private enum State { case replaying, live, behind }

  init(
    _ request: StreamRequest, _ viewer: StreamViewer, hub: StreamHub, clock: any Clock<Duration> = ContinuousClock(),
    isAllowed: @escaping @Sendable () -> Bool, write: @escaping ([UInt8]) async throws -> Void
  ) {
    self.request = request
    self.viewer = viewer
    self.hub = hub
    self.clock = clock
    self.isAllowed = isAllowed
    self.write = write
    cursor = StreamCursor(epoch: hub.epoch)
    tails = []
    unkept = hub.mark.unkept
  }

  /// Serves the reader until the host stops, it may read no more, or it is gone.
  mutating func run() async throws {
    try await hello()
    var sinceWritten = Stopwatch(clock)
    var sinceAsked = Stopwatch(clock)
    while !Task.isCancelled {
      let news = hub.mark.news
      let (wrote, isEnd) = try await turn()
      if wrote { sinceWritten = Stopwatch(clock) }
      if hub.isStopping { return try await bye("the host is stopping") }
      if sinceAsked.elapsed >= hub.limits.authority {
        if !isAllowed() { return try await bye("the token does not hold any more") }
        sinceAsked = Stopwatch(clock)
      }
      if sinceWritten.elapsed >= hub.limits.ping {
        request.form.appendPing(to: &out)
        try await flush()
        sinceWritten = Stopwatch(clock)
      }
      if !isEnd { continue }
      // More comes together meanwhile.
      if wrote { try await Task.sleep(for: hub.limits.interval) } else { await hub.wait(after: news) }
    }
  }

  /// Writes what is new in each log, a page of each; whether that was something, and whether it was all.
  private mutating func turn() async throws -> (wrote: Bool, isEnd: Bool) {
    var (wrote, isEnd) = (false, true)
    takeUp()
    for tail in tails {
      let name = tail.log.name
      let position: UInt64
      // One that came since is read from its beginning.
      if let known = cursor[name] { position = known } else { position = try await tail.log.bounds().oldest }
      let answer = try await tail.read(after: position)
      let page = answer.page
      if let gap = page.gap { addGap(gap.reason, in: name, to: gap.to) }
      if answer.seen == nil, state == .live { try await fallBehind(tail) }
      seen[name] = answer.seen ?? seen[name]
      for event in page.events where request.takes(event, viewer) {
        cursor[name] = event.position
        add(event)
      }
      cursor[name] = page.next
      isEnd = isEnd && page.isEnd
      wrote = try await flush() || wrote
    }
    addUnkept()
    if isEnd, state != .live {
      state = .live
      add("live", [:])
    }
    wrote = try await flush() || wrote
    return (wrote, isEnd)
  }

  /// Takes up the logs that there are by now.
  private mutating func takeUp() {
    tails = hub.tails.filter { !$0.log.topics.isDisjoint(with: request.topics) }
  }

  private mutating func fallBehind(_ tail: StreamTail) async throws {
    state = .behind
    let all = await tail.seen
    let lag = all - min(all, seen[tail.log.name] ?? all)
    add("behind", ["lag": .integer(Int64(clamping: lag))])
  }

  private mutating func addUnkept() {
    let (events, last, isWhole) = hub.unkept(after: unkept)
    unkept = last
    if !isWhole { addGap(.unkept, in: nil, to: nil) }
    for event in events where request.takes(event, viewer) { add(event) }
  }

  private mutating func add(_ event: StreamEvent) {
    let bytes = event.topic == .decisions ? viewer.bytes(ofDecision: event.bytes) : event.bytes
    request.form.append(event.name, bytes, id: cursor, to: &out)
  }

  private mutating func add(_ name: String, _ data: JSON, id: StreamCursor? = nil, retry: Int? = nil) {
    request.form.append(name, data.bytes, id: id, retry: retry, to: &out)
  }

  private mutating func addGap(_ reason: StreamGap, in log: String?, to position: UInt64?) {
    let from = cursor
    if let log { cursor[log] = position }
    add("gap", .gap(reason, from: from.text, to: cursor.text), id: cursor)
  }

  private mutating func bye(_ reason: String) async throws {
    // Not all at once.
    add("bye", ["reason": .string(reason)], retry: .random(in: 1_000...10_000))
    try await flush()
  }

  @discardableResult
  private mutating func flush() async throws -> Bool {
    if out.isEmpty { return false }
    let bytes = out
    out.removeAll(keepingCapacity: true)
    try await write(bytes)
    return true
  }
}

extension StreamSession {
  /// Says from where the stream goes on, and what it can't go on from.
  private mutating func hello() async throws {
    var (oldest, end) = try await bounds()
    var given: StreamCursor?
    var reason: StreamGap?
    cursor = end
    switch request.start {
    case .live: break
    case .oldest: cursor = oldest
    case .after(let wanted):
      given = wanted
      if wanted.epoch != hub.epoch {
        reason = .epoch
      } else {
        (cursor, reason) = place(wanted, between: oldest, end)
        let waited = Stopwatch(clock)
        while reason == .ahead, waited.elapsed < hub.limits.patience, !Task.isCancelled, !hub.isStopping {
          await hub.wait(after: hub.mark.news)
          (oldest, end) = try await bounds()
          (cursor, reason) = place(wanted, between: oldest, end)
        }
      }
    }
    let hello: JSON = [
      "epoch": .string(String(hub.epoch, radix: 16)), "from": .string(cursor.text), "to": .string(end.text),
      "oldest": .string(oldest.text), "resumed": .bool(given != nil && reason == nil),
      "reason": reason.map { .string($0.rawValue) } ?? .null, "records": .string(hub.records),
    ]
    add("hello", hello, id: cursor, retry: 2_000)
    if let reason, let given { add("gap", .gap(reason, from: given.text, to: cursor.text), id: cursor) }
    // What no log keeps may have come while the reader was away.
    let unkept = request.topics.filter { topic in !tails.contains { $0.log.topics.contains(topic) } }
    if given != nil, !unkept.isEmpty { addGap(.unkept, in: nil, to: nil) }
    try await flush()
  }

  /// The cursor with a place in each log that there is, and what keeps it from being the same.
  ///
  /// A log that the cursor doesn't name is read from its end; from its beginning when the cursor names others of its
  /// topics, because then the reader asked for it before there was one. Of hosts that share their logs, one that this
  /// host doesn't know yet is ahead of it.
  private func place(
    _ wanted: StreamCursor, between oldest: StreamCursor, _ end: StreamCursor
  ) -> (StreamCursor, StreamGap?) {
    let known = tails.filter { wanted[$0.log.name] != nil }.reduce(into: Set()) { $0.formUnion($1.log.topics) }
    var (placed, reason) = (end, StreamGap?.none)
    if hub.isShared {
      let names = Set(hub.tails.map(\.log.name))
      if !wanted.positions.allSatisfy({ names.contains($0.name) }) { reason = .ahead }
    }
    for log in tails.map(\.log) {
      let (first, last) = (oldest[log.name] ?? 0, end[log.name] ?? 0)
      guard let position = wanted[log.name] else {
        if !known.isDisjoint(with: log.topics) { placed[log.name] = first }
        continue
      }
      placed[log.name] = min(max(position, first), last)
      if position > last { reason = .ahead } else if position < first { reason = reason ?? .expired }
    }
    return (placed, reason)
  }

  /// The places before the oldest events and after the last ones.
  private mutating func bounds() async throws -> (oldest: StreamCursor, end: StreamCursor) {
    try await hub.look()
    takeUp()
    var (oldest, end) = (StreamCursor(epoch: hub.epoch), StreamCursor(epoch: hub.epoch))
    for tail in tails { (oldest[tail.log.name], end[tail.log.name]) = try await tail.log.bounds() }
    return (oldest, end)
  }
}

extension JSON {
  fileprivate static func gap(_ reason: StreamGap, from: String, to: String) -> JSON {
    ["from": .string(from), "to": .string(to), "reason": .string(reason.rawValue)]
  }
}

/// Time since it was made.
private struct Stopwatch {
  private let measure: () -> Duration

  init(_ clock: any Clock<Duration>) { measure = Self.measure(clock) }

  var elapsed: Duration { measure() }

  private static func measure<C: Clock<Duration>>(_ clock: C) -> () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
  }
}
