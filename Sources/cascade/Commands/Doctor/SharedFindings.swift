import Core
import StorePostgres
import Tokens

/// How what hosts share is.
enum SharedFindings {
  /// Whether the database can be used, and by this version.
  static func store(_ address: PostgresAddress) -> Finding {
    do throws(StoreError) {
      let state = try Installation(address).state()
      if state.migration < state.known {
        return .good("store", "\(address), which the first host brings up to date")
      }
      return .good("store", "\(address) on PostgreSQL \(state.server), as this version wants it")
    } catch {
      return .bad("store", "\(error)", "`cascade store check` says more")
    }
  }

  /// Whether the signing keys can be opened.
  static func keys(_ options: DataOptions) -> Finding {
    do throws(TokenError) {
      let store = try options.keyStore()
      guard let ring = try store.ring.reading(now: WallClock.milliseconds()) else {
        return .good("keys", "the first host will make them")
      }
      return .good("keys", "\(ring.entries.count) keys, sealed in the database")
    } catch {
      return .bad("keys", error.reason, "give this host the key that every other one has")
    }
  }
}
