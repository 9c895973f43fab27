internal import GRDB
internal import Ledger

extension LedgerError {
  /// What an error from below means for the ledger.
  init(_ error: any Error, while action: String) {
    if let error = error as? LedgerError {
      self = error
      return
    }
    let cause = String(describing: error)
    guard let code = (error as? DatabaseError)?.resultCode else {
      self.init(.io, "\(action) failed", cause: cause)
      return
    }
    switch code {
    case .SQLITE_FULL: self.init(.full, "\(action) failed: no space is left; free some and try again", cause: cause)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(.corrupt, "\(action) failed: the file is damaged; run 'cascade ledger verify'", cause: cause)
    default: self.init(.io, "\(action) failed", cause: cause)
    }
  }
}
