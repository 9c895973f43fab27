/// The names of what is kept beside the relationships, see ``LiveGraph/marks``.
package enum GraphMark {
  /// The last day whose decay is in the graph: days since 1970, UTC.
  package static let decayedDay = "trust.decay"
  /// What came of the last import from the directory: ``DirectoryImport/Report/json`` with its time.
  package static let directoryImport = "directory.import"
}
