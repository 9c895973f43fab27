/// The first line at which two runs part.
package struct Parting: Sendable, Hashable {
  /// The file of the rulebook, such as `policies/fees.lua`.
  package var file: String
  /// From 1; of the candidate's file, or of the old one where the candidate has no such line.
  package var line: Int
  /// What the line held or read: the value of a policy, or the line's text; empty for what wasn't there.
  package var before: String
  /// What it holds or reads now.
  package var after: String

  package init(file: String, line: Int, before: String, after: String) {
    self.file = file
    self.line = line
    self.before = before
    self.after = after
  }
}
