/// Why the graph could not answer, or a file could not be read.
package struct GraphError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure; the raw value is its name on the wire.
  package enum Code: String, Sendable {
    /// The name is nowhere in the data.
    case unknownCitizen = "unknown_citizen"
    /// An option is missing or outside its limits.
    case invalidOptions = "invalid_options"
    /// A relationship's value is no number of the scale, or a name is empty.
    case invalidRelationship = "invalid_relationship"
    /// The text is no table of relationships.
    case invalidFile = "invalid_file"
    /// Another process changed what is stored.
    case conflict
    /// What is stored can't be read or written.
    case storage
    /// As much waits already as may wait, or more was given than is taken at once.
    case overloaded
  }

  /// The kind of failure.
  package var code: Code
  /// What happened and what to do.
  package var message: String
  /// The line of the file, counted from 1; nil when no file is concerned.
  package var line: Int?

  /// An error of this kind.
  package init(_ code: Code, _ message: String, line: Int? = nil) {
    self.code = code
    self.message = message
    self.line = line
  }

  /// The message, after the line when there is one.
  package var description: String { line.map { "line \($0): \(message)" } ?? message }
}
