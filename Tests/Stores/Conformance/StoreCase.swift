internal import Core

/// One promise of a port, which every driver's tests run on a store of its own.
package struct StoreCase<Store: Sendable>: Sendable, CustomStringConvertible {
  /// A sentence.
  package var description: String
  /// Throws when the store, which is empty before, breaks the promise.
  package var run: @Sendable (Store) async throws -> Void

  init(_ description: String, _ run: @escaping @Sendable (Store) async throws -> Void) {
    self.description = description
    self.run = run
  }
}

/// A store whose time a test lets pass.
package struct Timed<Store: Sendable>: Sendable {
  /// The store.
  package var store: Store
  /// Lets so much time pass for it.
  package var pass: @Sendable (Duration) async throws -> Void

  /// A store, and what lets time pass for it.
  package init(_ store: Store, pass: @escaping @Sendable (Duration) async throws -> Void) {
    self.store = store
    self.pass = pass
  }
}

/// A promise that a store broke.
package struct BrokenPromise: Error, CustomStringConvertible {
  /// What was found, and where.
  package var description: String
}

/// Throws unless both are the same.
func expect<Value: Equatable>(
  _ found: Value, _ expected: Value, _ what: String = "", line: Int = #line, file: String = #fileID
) throws {
  if found == expected { return }
  throw BrokenPromise(description: "\(file):\(line): \(what) found \(found), expected \(expected)")
}

/// Throws unless `body` throws a store's error of this code.
func fails(
  _ code: StoreError.Code, line: Int = #line, file: String = #fileID, _ body: () async throws -> Void
) async throws {
  do {
    try await body()
  } catch let error as StoreError where error.code == code {
    return
  } catch {
    throw BrokenPromise(description: "\(file):\(line): found the error \(error), expected \(code)")
  }
  throw BrokenPromise(description: "\(file):\(line): found no error, expected \(code)")
}

/// The value. Throws when there is none.
func some<Value>(_ value: Value?, line: Int = #line, file: String = #fileID) throws -> Value {
  guard let value else { throw BrokenPromise(description: "\(file):\(line): found nothing") }
  return value
}
