package import Core

extension TokenPurpose {
  /// The token type for this purpose, its `typ`.
  package var type: TokenType {
    switch self {
    case .access, .operator: .access
    case .statement, .receipt: .statement
    }
  }

  /// The scope that the host sets (RFC 6749 section 3.3); nil for none.
  package var scope: String? {
    switch self {
    case .operator: Self.operatorScope
    case .access, .statement, .receipt: nil
    }
  }

  /// The scope of operators.
  package static let operatorScope = "operator"
}
