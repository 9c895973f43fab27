package import Core

/// A failure of the graph, its store, or a file.
package struct GraphError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure. The raw value is its name on the wire.
  package enum Code: String, Sendable {
    /// The data doesn't contain this name.
    case unknownCitizen = "unknown_citizen"
    /// An option is missing or outside its limits.
    case invalidOptions = "invalid_options"
    /// A score isn't a number of the scale, or a name is empty or too long.
    case invalidRelationship = "invalid_relationship"
    /// The text isn't a table of relationships.
    case invalidFile = "invalid_file"
    /// The graph was changed while a change of it was decided.
    case conflict
    /// The store failed; ``GraphError/cause`` says why.
    case storage
    /// Too many changes already wait, or one request has too many rows.
    case overloaded
  }

  package var code: Code
  /// States what happened and what to do.
  package var message: String
  /// The line of the file, from 1; nil when the failure concerns no file.
  package var line: Int?
  /// Why the store could not do its work; nil when it isn't about the store.
  package var cause: StoreError?

  package init(_ code: Code, _ message: String, line: Int? = nil) {
    self.code = code
    self.message = message
    self.line = line
  }

  /// What a store's error means for the graph that it keeps.
  package init(_ error: StoreError) {
    switch error.code {
    case .overloaded: self.init(.overloaded, error.message)
    case .conflict: self.init(.conflict, error.message)
    default: self.init(.storage, error.description)
    }
    cause = error
  }

  package var description: String { line.map { "line \($0): \(message)" } ?? message }
}

extension GraphError: WireError {
  /// Why the graph has no answer.
  package var wireProblem: WireProblem {
    switch code {
    case .unknownCitizen: WireProblem(.unknownCitizen, message)
    case .invalidOptions, .invalidRelationship, .invalidFile: WireProblem(.invalidInput, message)
    case .conflict: WireProblem(.conflict, message)
    case .storage: WireProblem(.unavailable, "the graph's data can't be used; the server's log says why")
    case .overloaded: WireProblem(.unavailable, message, retrySeconds: 1)
    }
  }
}
