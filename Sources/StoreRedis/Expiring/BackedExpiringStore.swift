package import Core

/// Expiring values in a store that may be away, and then in another one that all hosts share, too.
///
/// What was put while the first was away is found in the second; what lies in the first while it is away is not found,
/// and asked for again.
package struct BackedExpiringStore: ExpiringStore {
  private let first: any ExpiringStore
  private let second: any ExpiringStore

  /// Values in `first`, and in `second` while that throws `io`.
  package init(_ first: any ExpiringStore, backedBy second: any ExpiringStore) {
    self.first = first
    self.second = second
  }

  /// See ``ExpiringStore/put(_:under:for:)``.
  package func put(_ value: [UInt8], under key: ExpiringKey, for life: Duration) async throws(StoreError) {
    do throws(StoreError) {
      try await first.put(value, under: key, for: life)
    } catch {
      if error.code != .io { throw error }
      return try await second.put(value, under: key, for: life)
    }
  }

  /// See ``ExpiringStore/value(under:)``.
  package func value(under key: ExpiringKey) async throws(StoreError) -> [UInt8]? {
    if let value = try await unlessAway({ () throws(StoreError) in try await first.value(under: key) }) { return value }
    return try await second.value(under: key)
  }

  /// See ``ExpiringStore/take(_:)``.
  package func take(_ key: ExpiringKey) async throws(StoreError) -> [UInt8]? {
    if let value = try await unlessAway({ () throws(StoreError) in try await first.take(key) }) { return value }
    return try await second.take(key)
  }

  private func unlessAway(_ body: () async throws(StoreError) -> [UInt8]?) async throws(StoreError) -> [UInt8]? {
    do throws(StoreError) {
      return try await body()
    } catch {
      if error.code != .io { throw error }
      return nil
    }
  }
}
