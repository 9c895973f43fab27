package import Core

extension StoreError {
  /// What a store says when a file it needs can't be read or written.
  package init(_ error: FileError) {
    self.init(error.isFull ? .full : .io, "can't \(error.action) \(error.path)", cause: error.reason)
  }
}
