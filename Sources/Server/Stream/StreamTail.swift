/// The end of a log in memory, read once for all readers: who stands in it costs no reading.
///
/// Nothing is read while nobody asks.
actor StreamTail {
  /// What a reader gets.
  struct Answer {
    var page: StreamPage
    /// How many events the tail has seen in all, when the page came from it; nil when it came from the log.
    var seen: UInt64?
  }

  /// Events that were read together, all after `after` and up to `next`.
  private struct Chunk {
    var after: UInt64
    var next: UInt64
    var events: [StreamEvent]
    var bytes: Int
    /// How many events the tail had seen before these.
    var seenBefore: UInt64
  }

  nonisolated let log: any StreamLog
  private let limits: StreamLimits
  private var chunks: [Chunk] = []
  /// Up to where the log was read.
  private var end: UInt64 = 0
  private var count = 0
  private var bytes = 0
  private(set) var seen: UInt64 = 0
  private var reading: Task<Void, any Error>?
  /// Whether the log had no more when it was read last.
  private var isAtEnd = true
  /// What had to be left out of the log where the tail began last.
  private var gap: (at: UInt64, StreamPage.Gap)?

  private let executor: any TaskExecutor

  init(_ log: any StreamLog, _ limits: StreamLimits, _ executor: any TaskExecutor) {
    self.log = log
    self.limits = limits
    self.executor = executor
  }

  /// What comes after `position`: from memory where it is there, else from the log.
  func read(after position: UInt64) async throws -> Answer {
    if position > end { begin(at: position) }
    if position == end {
      try await readOn()
    }
    if let answer = find(after: position) { return answer }
    return Answer(page: try await log.read(after: position, limit: limits.pageEvents), seen: nil)
  }

  private func begin(at position: UInt64) {
    chunks = []
    (count, bytes, gap) = (0, 0, nil)
    end = position
  }

  /// Reads once what came after the end, whoever asks for it.
  private func readOn() async throws {
    if let reading { return try await reading.value }
    let task = Task(executorPreference: executor) { [end] in try await self.take(after: end) }
    reading = task
    defer { reading = nil }
    try await task.value
  }

  private func take(after position: UInt64) async throws {
    let page = try await log.read(after: position, limit: limits.pageEvents)
    guard position == end else { return }
    isAtEnd = page.isEnd
    guard page.next > end else { return }
    if let gap = page.gap {
      begin(at: position)
      self.gap = (position, gap)
    }
    let size = page.events.reduce(0) { $0 + $1.bytes.count }
    chunks.append(Chunk(after: end, next: page.next, events: page.events, bytes: size, seenBefore: seen))
    end = page.next
    count += page.events.count
    seen += UInt64(page.events.count)
    bytes += size
    var spare = 0
    while spare < chunks.count - 1, count > limits.tailEvents || bytes > limits.tailBytes {
      count -= chunks[spare].events.count
      bytes -= chunks[spare].bytes
      spare += 1
    }
    chunks.removeFirst(spare)
  }

  private func find(after position: UInt64) -> Answer? {
    if position == end { return Answer(page: StreamPage(next: end, isEnd: isAtEnd), seen: seen) }
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle].next <= position { low = middle + 1 } else { high = middle }
    }
    guard low < chunks.count, chunks[low].after <= position else { return nil }
    let chunk = chunks[low]
    let first = chunk.events.firstIndex { $0.position > position } ?? chunk.events.count
    let events = first == 0 ? chunk.events : Array(chunk.events[first...])
    let gap = gap.flatMap { $0.at == position ? $0.1 : nil }
    let page = StreamPage(events, next: chunk.next, gap: gap, isEnd: isAtEnd && low == chunks.count - 1)
    return Answer(page: page, seen: chunk.seenBefore + UInt64(chunk.events.count))
  }
}
