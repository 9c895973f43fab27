package import Core
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Notices that reach all hosts of a Redis. Within the process they don't need it.
package final class RedisNotices: Notices {
  private let client: RedisClient
  private let local = MemoryNotices()
  /// By which a host knows its own notices.
  private let sender: String
  private let isClosed = Mutex(false)
  private static let channel = "cascade:notices"
  /// Milliseconds after which a silent connection is asked whether it still is one.
  private static let silence: Int32 = 5_000

  /// Listens on a thread of its own until ``close()``; while Redis is away it tries again each second.
  package init(_ client: RedisClient) {
    self.client = client
    sender = String(UInt64.random(in: 0...(.max)), radix: 36)
    // The queue's thread is its own, and ends with it.
    DispatchQueue(label: "cascade.redis.notices").async { [weak self, address = client.address] in
      while let self, !self.isOver {
        try? self.listen(address)
        if !self.isOver { sleep(1) }
      }
    }
  }

  private var isOver: Bool { isClosed.withLock { $0 } }

  /// Listens no more; within half a second the thread ends.
  package func close() { isClosed.withLock { $0 = true } }

  /// See ``Notices/tell(_:)``. What another host doesn't hear, it finds when it looks the next time.
  package func tell(_ topic: NoticeTopic) async {
    await local.tell(topic)
    let message = "\(sender) \(topic.rawValue)"
    _ = try? await client.run { (connection) throws(RedisFailure) in
      try connection.run(["PUBLISH", Self.channel, message])
    }
  }

  /// See ``Notices/subscribe(_:)``.
  package func subscribe(_ topic: NoticeTopic) -> AsyncStream<Void> { local.subscribe(topic) }

  private func listen(_ address: RedisAddress) throws {
    let connection = try RedisConnection(address)
    _ = try connection.run(["SUBSCRIBE", Self.channel])
    // What was told meanwhile went unheard.
    for topic in NoticeTopic.allCases { hear(topic) }
    var silent: Int32 = 0
    while !isOver {
      if connection.hasInput(within: 500) {
        silent = 0
        take(try connection.receive())
      } else {
        silent += 500
        if silent >= Self.silence {
          silent = 0
          // The answer comes as any other message, or the wait for it fails.
          take(try connection.run(["PING"]))
        }
      }
    }
  }

  /// Takes a message: `message`, the channel, and the sender with the topic.
  private func take(_ reply: RedisReply) {
    let parts = reply.list.compactMap { $0.bytes.map { String(decoding: $0, as: UTF8.self) } }
    guard parts.count == 3, parts[0] == "message" else { return }
    let words = parts[2].pieces(at: " ", most: 1)
    guard words.count == 2, words[0] != sender, let topic = NoticeTopic(rawValue: String(words[1])) else { return }
    hear(topic)
  }

  private func hear(_ topic: NoticeTopic) { Task { await local.tell(topic) } }
}
