extension StoreError: WireError {
  /// Why the ledger can't answer; its own code stands in `reason`.
  package var wireProblem: WireProblem {
    let told = WireCode(code)
    let detail = told == .internal ? "the ledger's data can't be used; the server's log says why" : message
    return WireProblem(told, detail, reason: code.rawValue, retrySeconds: code.retrySeconds)
  }
}

extension WireCode {
  /// What it means for a request that the ledger could not do its work.
  package init(_ code: StoreError.Code) {
    self =
      switch code {
      case .locked, .full, .io, .overloaded, .closed, .conflict, .unknownOutcome: .unavailable
      case .corrupt, .unsupportedVersion: .internal
      }
  }
}

extension StoreError.Code {
  /// Seconds after which the same request may go through; nil where waiting doesn't help.
  package var retrySeconds: Int? {
    switch self {
    case .overloaded, .conflict, .unknownOutcome: 1
    case .full: 30
    case .locked, .io, .closed, .corrupt, .unsupportedVersion: nil
    }
  }
}
