import Core
import Cryptography
import Logging
import Server
import StorePostgres
import StoreRedis
import Synchronization

/// What a host shares with others through a Redis, and what it does while that is away or where there is none.
struct SharedRedis: Sendable {
  let expiring: any ExpiringStore
  let rates: any RateLimiter
  let notices: any Notices
  /// Nil where there is no Redis.
  private let client: RedisClient?
  private let redisNotices: RedisNotices?
  private let redisExpiring: RedisExpiringStore?
  private let backing: PostgresExpiringStore

  /// Opens the store that stands in for Redis; Redis itself is asked when it is needed; while it is away, or
  /// where there is none, this host counts its share among `hosts`. Throws as ``PostgresLedgerStore`` does.
  init(_ shared: SharedStore, among hosts: LivingHosts, _ logger: Logger) throws(StoreError) {
    backing = try PostgresExpiringStore(shared.address, host: shared.host)
    let alone = ShareLimiter(MemoryRateLimiter(limit: AuthenticationRateLimits.held), of: hosts)
    guard let address = shared.redis else {
      (client, redisNotices, redisExpiring) = (nil, nil, nil)
      (expiring, rates, notices) = (backing, alone, MemoryNotices())
      return
    }
    let client = RedisClient(address) { isAway, cause in
      if isAway {
        logger.warning(
          "Redis is away: this host counts its share of rates by itself, and asks PostgreSQL",
          metadata: ["cause": "\(cause)"])
      } else {
        logger.notice("Redis is back")
      }
    }
    let redis = RedisExpiringStore(client, key: shared.key.derived("cascade redis values"))
    let spread = RedisNotices(client)
    self.client = client
    (redisExpiring, redisNotices) = (redis, spread)
    expiring = BackedExpiringStore(redis, backedBy: backing)
    rates = RedisRateLimiter(client, alone: alone)
    notices = spread
  }

  /// Where hosts keep for each other what may be lost; nil where there is no Redis.
  var cache: (any ExpiringStore)? { redisExpiring }

  /// Whether there is a Redis that doesn't answer.
  var isAway: Bool { client?.isAway ?? false }

  /// Whether there is a Redis that answers.
  var isThere: Bool { client.map { !$0.isAway } ?? false }

  /// Whether there should be one.
  var isWanted: Bool { client != nil }

  /// Values in Redis that nobody with the key has written; nil where there is no Redis.
  var forged: Int? { redisExpiring?.forged }

  /// Lets go of both.
  func close() async {
    redisNotices?.close()
    await backing.close()
  }
}
