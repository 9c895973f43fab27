/// What a rulebook may hold at most.
package struct RulebookLimits: Sendable, Hashable {
  /// Bytes of one source file.
  package var sourceBytes = 256 << 10
  /// The most files of one rulebook.
  package var files = 1000
  /// Bytes of all files together.
  package var totalBytes = 16 << 20
  /// Cases of one file that specs read.
  package var cases = 1000
  /// Bytes of one file of cases as a spec gets it: with the names of its columns in each case.
  package var casesBytes = 768 << 10
  /// Folders within folders, below `plugins` or `policies`.
  package var depth = 8
  /// Files that a rejection names at most; there may be more.
  package var namedErrors = 100
  /// How often the files are read again when they change meanwhile.
  package var attempts = 5

  /// How long one module may load in a machine that no decision waits for.
  package static let patience = Duration.seconds(10)

  /// The limits of every host.
  package init() {}
}
