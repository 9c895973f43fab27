package import Core
internal import Cryptography

/// Rates that all hosts count together, in a Redis and by its clock. While Redis is away each host counts by itself.
package final class RedisRateLimiter: RateLimiter {
  private let client: RedisClient
  private let alone: any RateLimiter
  private let clock: (@Sendable () -> Int64)?

  /// Rates in the Redis of `client`; `alone` counts while that is away. With a `clock` (microseconds since 1970), that
  /// gives the time instead of Redis, for tests.
  package init(_ client: RedisClient, alone: any RateLimiter, clock: (@Sendable () -> Int64)? = nil) {
    self.client = client
    self.alone = alone
    self.clock = clock
  }

  /// See ``RateLimiter/take(_:_:_:)``. One round trip.
  package func take(_ name: String, _ title: String, _ rate: Rate) async throws(StoreError) -> RateVerdict {
    // The name may be an address or a citizen, which Redis needn't know.
    let key = "cascade:rate:\(title):\(Hexadecimal.text(SHA256.hash(name.utf8)))"
    let interval = max(1, rate.interval.microseconds)
    let arguments = [String(interval), String(max(1, rate.burst)), clock.map { String($0()) } ?? ""]
    let reply: RedisReply
    do throws(StoreError) {
      reply = try await client.run { (connection) throws(RedisFailure) in
        try Self.script.run(connection, keys: [key], arguments.map { Array($0.utf8) })
      }
    } catch {
      return try await alone.take(name, title, rate)
    }
    guard let remaining = reply.list.first?.integer, let wait = reply.list.last?.integer else {
      return try await alone.take(name, title, rate)
    }
    return RateVerdict(remaining: Int(remaining), wait: .microseconds(wait))
  }

  /// The virtual scheduling algorithm (ITU-T I.371, annex A) in whole microseconds, of which a Lua number holds all
  /// until the year 2255. The key keeps when the name will have all of its burst again, and goes when it has.
  private static let script = RedisScript(
    """
    local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
    local now = tonumber(ARGV[3])
    if not now then
      local time = redis.call("TIME")
      now = tonumber(time[1]) * 1000000 + tonumber(time[2])
    end
    local full = math.max(tonumber(redis.call("GET", KEYS[1]) or now), now) + interval
    local wait = full - now - interval * burst
    if wait > 0 then return {0, string.format("%.0f", wait)} end
    local life = math.ceil((full - now) / 1000) + 1
    -- By another clock than its own Redis can't tell when to drop the key.
    if ARGV[3] ~= "" then life = life + 3600000 end
    redis.call("SET", KEYS[1], string.format("%.0f", full), "PX", string.format("%.0f", life))
    return {string.format("%.0f", math.floor(-wait / interval)), "0"}
    """)
}
