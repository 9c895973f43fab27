package import Core

extension TokenPurpose {
  /// The kind of token that serves it, its `typ`.
  package var type: TokenType {
    switch self {
    case .access, .operator: .access
    case .statement, .receipt: .statement
    }
  }

  /// The scope that the host gives it (RFC 6749 section 3.3); nil for none.
  package var scope: String? {
    switch self {
    case .operator: Self.operatorScope
    case .access, .statement, .receipt: nil
    }
  }

  /// What lets operators pass.
  package static let operatorScope = "operator"
}
