package import Core
internal import TrustGraph

/// Brings the relationships that the directory of citizens tells into the graph.
///
/// The directory tells its strongest relationships at once, and no more than it likes. When there may be more, the
/// pairs that matter are asked for one by one: first those the graph has and the list has not, then all others among
/// the citizens that are known. All that was told is added in one transaction, or nothing; of a pair the newest stays.
package struct DirectoryImport: Sendable {
  /// What came of it.
  package struct Report: Sendable, Equatable {
    /// Relationships told at once.
    package var listed = 0
    /// Whether there may have been more.
    package var isTruncated = false
    /// Pairs asked for one by one.
    package var asked = 0
    /// How many of those are related.
    package var found = 0
    /// Pairs that would have mattered and were not asked for, being over the limit.
    package var left = 0

    package init(listed: Int = 0, isTruncated: Bool = false, asked: Int = 0, found: Int = 0, left: Int = 0) {
      self.listed = listed
      self.isTruncated = isTruncated
      self.asked = asked
      self.found = found
      self.left = left
    }

    /// `{"listed","truncated","asked","found","left"}`
    package var json: JSON {
      [
        "listed": .integer(Int64(listed)), "truncated": .bool(isTruncated), "asked": .integer(Int64(asked)),
        "found": .integer(Int64(found)), "left": .integer(Int64(left)),
      ]
    }
  }

  /// The directory that lists the relationships.
  package var directory: any CitizenDirectory
  /// Where what is told goes.
  package var graph: LiveGraph
  /// Citizens who matter beside those of the graph and of the list.
  package var citizens: [String] = []
  /// Pairs asked for one by one at most.
  package var pairLimit = 10_000
  /// How many are asked for at a time.
  package var concurrency = 8
  /// How often a pair is asked for until the directory is given up.
  package var attempts = 3
  /// Waits so many seconds; for tests.
  package var pause: @Sendable (Int) async -> Void = { _ = try? await Task.sleep(for: .seconds($0)) }

  /// An import from `directory` into `graph`.
  package init(from directory: any CitizenDirectory, into graph: LiveGraph) {
    self.directory = directory
    self.graph = graph
  }

  /// Imports, and leaves the report as a mark of the graph. `milliseconds` is now, since 1970. Throws
  /// `DirectoryUnavailable` when the directory can't be asked or trusted, or what the graph's store throws; then
  /// nothing has changed.
  package func run(at milliseconds: Int64) async throws -> Report {
    let list = try await directory.relationships()
    var report = Report(listed: list.relationships.count, isTruncated: list.isTruncated)
    var told = list.relationships
    if list.isTruncated {
      let pairs = pairs(beyond: list.relationships)
      let found = try await relationships(between: pairs.first)
      report.asked = pairs.first.count
      report.found = found.count
      report.left = pairs.count - pairs.first.count
      told += found
    }
    var mark = report.json.object ?? JSON.Object()
    mark.append("time", .string(ISO8601.text(milliseconds)))
    _ = try await graph.apply(told, marks: [GraphMark.directoryImport: JSON.object(mark).text])
    return report
  }

  /// How many pairs matter and are not in `list`, and the first of them, as many as may be asked for: those that are
  /// recorded, then the others by name.
  private func pairs(beyond list: [Relationship]) -> (first: [(String, String)], count: Int) {
    let known = graph.snapshot
    // For its names and pairs only: everybody who matters, and what was listed.
    let listed = TrustSnapshot(list, citizens: known.names + citizens)
    let count = listed.nodeCount * (listed.nodeCount - 1) / 2 - listed.edgeCount
    var first = known.relationships.filter { listed.relationship($0.citizen1, $0.citizen2) == nil }
      .prefix(pairLimit).map { ($0.citizen1, $0.citizen2) }
    let names = listed.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for (place, name) in names.enumerated() {
      for other in names[(place + 1)...] {
        if first.count >= pairLimit { return (first, count) }
        if listed.relationship(name, other) == nil && known.relationship(name, other) == nil {
          first.append((name, other))
        }
      }
    }
    return (first, count)
  }

  /// Asks for each pair, a few at a time. Throws when the directory gives one of them no answer.
  private func relationships(between pairs: [(String, String)]) async throws -> [Relationship] {
    try await withThrowingTaskGroup(of: Relationship?.self) { group in
      var found: [Relationship] = []
      for (place, pair) in pairs.enumerated() {
        if place >= concurrency, let row = try await group.next() ?? nil { found.append(row) }
        group.addTask { try await relationship(between: pair.0, and: pair.1) }
      }
      for try await row in group {
        if let row { found.append(row) }
      }
      return found
    }
  }

  private func relationship(between first: String, and second: String) async throws -> Relationship? {
    for _ in 1..<attempts {
      do throws(DirectoryUnavailable) {
        return try await directory.relationship(between: first, and: second)
      } catch {
        await pause(error.retrySeconds)
      }
    }
    return try await directory.relationship(between: first, and: second)
  }
}
