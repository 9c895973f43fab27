import Citizens
import Commerce
import Core
import Foundation
import StoreConformance
import StoreSQLite
import Testing
import TrustGraph

/// A directory that goes away with the test.
final class StoreFolder: Sendable {
  let path = NSTemporaryDirectory() + "store-" + UUID().uuidString
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The rights of a file in it, or of itself.
  func rights(_ name: String = "") throws -> Int? {
    let found = try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions]
    return (found as? NSNumber)?.intValue
  }
}

/// The SQLite stores keep the promises of their ports.
struct SQLiteStoreTests {
  private let folder = StoreFolder()

  @Test(arguments: SessionConformance.cases)
  func `sessions in SQLite`(_ promise: StoreCase<any SessionStore>) async throws {
    let store = try SQLiteSessionStore(directory: folder.path)
    try await promise.run(store)
    await store.close()
  }

  @Test(arguments: PaymentConformance.cases)
  func `payments in SQLite`(_ promise: StoreCase<any PaymentStore>) async throws {
    let store = try SQLitePaymentStore(directory: folder.path)
    try await promise.run(store)
    await store.close()
  }

  @Test(arguments: GraphConformance.cases)
  func `relationships in SQLite`(_ promise: StoreCase<any RelationshipStore>) async throws {
    let store = try SQLiteRelationshipStore(directory: folder.path)
    try await promise.run(store)
    await store.close()
  }
}
