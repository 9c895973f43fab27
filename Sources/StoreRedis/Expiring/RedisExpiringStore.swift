package import Core
package import Cryptography
internal import Synchronization

/// Expiring values that all hosts share, in a Redis, which is no authority: names lie there as hashes, and a value with
/// another authentication code than the hosts' own is none.
///
/// While Redis is away, `io` is thrown; whoever uses it keeps what mustn't be lost elsewhere.
package final class RedisExpiringStore: ExpiringStore {
  private let client: RedisClient
  private let key: HMACKey
  private let clock: (@Sendable () -> Int64)?
  private let forgeries = Atomic(0)

  /// Values in the Redis of `client`, which only hosts with the same `key` write. With a `clock` (microseconds since
  /// 1970), that gives the time instead of Redis, for tests.
  package init(_ client: RedisClient, key: Secret, clock: (@Sendable () -> Int64)? = nil) {
    self.client = client
    self.key = HMACKey(key, .sha256)
    self.clock = clock
  }

  /// How many values were found whose code was wrong.
  package var forged: Int { forgeries.load(ordering: .relaxed) }

  /// See ``ExpiringStore/put(_:under:for:)``. Two round trips.
  package func put(_ value: [UInt8], under key: ExpiringKey, for life: Duration) async throws(StoreError) {
    try ExpiringLimits.check(value)
    let place = Self.place(key)
    let milliseconds = (life.microseconds + 999) / 1_000
    if milliseconds <= 0 { return }
    _ = try await client.run { (connection) throws(RedisFailure) in
      let end = try self.now(connection) + life.microseconds
      let content = self.sealed(value, place, end)
      // By another clock than its own Redis can't tell when to drop a value.
      let life = Array(String(milliseconds + (self.clock == nil ? 0 : 3_600_000)).utf8)
      let reply = try connection.run([Array("SET".utf8), place, content, Array("PX".utf8), life])
      if case .error(let message) = reply { throw RedisFailure(description: message) }
    }
  }

  /// See ``ExpiringStore/value(under:)``. Two round trips.
  package func value(under key: ExpiringKey) async throws(StoreError) -> [UInt8]? { try await read(key, "GET") }

  /// See ``ExpiringStore/take(_:)``. Two round trips.
  package func take(_ key: ExpiringKey) async throws(StoreError) -> [UInt8]? { try await read(key, "GETDEL") }

  private func read(_ key: ExpiringKey, _ command: String) async throws(StoreError) -> [UInt8]? {
    let place = Self.place(key)
    return try await client.run { (connection) throws(RedisFailure) in
      guard let content = try connection.run([Array(command.utf8), place]).bytes else { return nil }
      return self.opened(content, place, try self.now(connection))
    }
  }

  private func now(_ connection: RedisConnection) throws(RedisFailure) -> Int64 {
    if let clock { return clock() }
    let time = try connection.run(["TIME"]).list.compactMap(\.integer)
    if time.count != 2 { throw RedisFailure(description: "Redis tells no time") }
    return time[0] * 1_000_000 + time[1]
  }

  /// Where a value lies: the room, and the hash of the name.
  private static func place(_ key: ExpiringKey) -> [UInt8] {
    Array("cascade:\(key.room.rawValue):\(Hexadecimal.text(SHA256.hash(key.name.utf8)))".utf8)
  }

  /// The code, the end in microseconds since 1970, the value.
  private func sealed(_ value: [UInt8], _ place: [UInt8], _ end: Int64) -> [UInt8] {
    let end = (0..<8).map { UInt8(truncatingIfNeeded: end >> (56 - 8 * $0)) }
    return key.code(Self.covered(place, end, value)) + end + value
  }

  private func opened(_ content: [UInt8], _ place: [UInt8], _ now: Int64) -> [UInt8]? {
    let (code, end, value) = (content.prefix(32), content.dropFirst(32).prefix(8), Array(content.dropFirst(40)))
    guard content.count >= 40, key.isValid(code, for: Self.covered(place, Array(end), value)) else {
      forgeries.add(1, ordering: .relaxed)
      return nil
    }
    return end.reduce(0) { $0 << 8 | Int64($1) } > now ? value : nil
  }

  /// No byte can be moved from one part to another: the end has 8, and the place holds no zero.
  private static func covered(_ place: [UInt8], _ end: [UInt8], _ value: [UInt8]) -> [UInt8] {
    place + [0] + end + value
  }
}
