package import Core

extension StoreError {
  /// What a store says when a file it needs can't be read or written.
  package init(_ error: FileError) {
    self.init(error.isFull ? .full : .io, "can't \(error.action) \(error.path)", cause: error.reason)
  }

  /// What `body` returns; what the system refused is thrown as a store's error.
  package static func catching<Value>(_ body: () throws(FileError) -> Value) throws(StoreError) -> Value {
    do throws(FileError) {
      return try body()
    } catch {
      throw StoreError(error)
    }
  }
}
