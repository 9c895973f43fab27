internal import Core
internal import GRDB
internal import Ledger
internal import Platform

extension StoreError {
  /// What an error from below means, which came while `action` was done ("reading the ledger"). A store's own error
  /// stays as it is; `advice` is what to do about a damaged file.
  init(_ error: any Error, while action: String, advice: String) {
    if let error = error as? StoreError {
      self = error
      return
    }
    if let error = error as? FileError {
      self.init(error)
      return
    }
    if let error = error as? NotLoaded {
      self.init(error)
      return
    }
    let cause = String(describing: error)
    if error is RowDecodingError {
      self.init(.corrupt, "\(action) failed: the file is damaged; \(advice)", cause: cause)
      return
    }
    guard let code = (error as? DatabaseError)?.resultCode else {
      self.init(.io, "\(action) failed", cause: cause)
      return
    }
    switch code {
    case .SQLITE_FULL: self.init(.full, "\(action) failed: no space is left; free some and try again", cause: cause)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.locked, "\(action) failed: another process uses the file; stop it, and try again", cause: cause)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB,
      .SQLITE_ERROR where Self.isAboutTables(error):
      self.init(.corrupt, "\(action) failed: the file is damaged; \(advice)", cause: cause)
    default: self.init(.io, "\(action) failed", cause: cause)
    }
  }

  /// The same, about the ledger.
  init(_ error: any Error, while action: String) {
    self.init(error, while: action, advice: "run 'cascade ledger verify'")
  }

  /// The statements never change, so one that doesn't fit the tables shows that those did.
  private static func isAboutTables(_ error: any Error) -> Bool {
    let message = (error as? DatabaseError)?.message ?? ""
    return message.begins(with: "no such") || message.contains("has no column") || message.contains("malformed")
  }
}
