/// A word of a Lua source.
struct LuaToken: Sendable, Equatable {
  /// What sort of word it is.
  enum Kind: Sendable, Equatable {
    case name, keyword, number, symbol
    /// A literal string, with its value when that is UTF-8.
    case string(String?)
    /// The end of the source.
    case end
  }

  /// What sort of word it is.
  var kind: Kind
  /// The word as written; empty for a string and for the end.
  var text: String
  /// Its bytes in the source.
  var range: Range<Int>

  /// Whether it is this keyword or symbol.
  func isWord(_ text: String) -> Bool { (kind == .keyword || kind == .symbol) && self.text == text }
}

/// Why a source can't be read: this reader knows less of it than Lua does.
struct LuaSyntaxError: Error, Equatable {
  /// The byte at which reading stopped.
  var offset: Int
}
