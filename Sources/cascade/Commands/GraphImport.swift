import ArgumentParser
import CascadeHost
import GraphSQLite
import TrustGraph

/// `cascade graph import`: adds a file's relationships to those a host keeps.
struct GraphImport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Adds the relationships of a CSV file to those a host keeps in --data.",
    discussion: """
      Of a pair the newest lastInteraction stays. The host must not run meanwhile; a running one takes relationships \
      by POST /v1/graph/relationships.
      """)

  @OptionGroup var file: EdgesOptions
  @OptionGroup var options: DataOptions

  func run() async throws {
    let rows = try file.relationships()
    let data = options.data
    do {
      try DataDirectory.make(data)
      let lock = try DataLock(directory: data)
      let store = try SQLiteRelationshipStore(directory: DataDirectory.graph(in: data))
      defer { store.close() }
      let graph = try LiveGraph(store)
      let before = graph.snapshot
      let after = try await graph.apply(rows)
      Output.write(
        "\(rows.count) relationships read, \(after.edgeCount - before.edgeCount) new; "
          + "\(after.edgeCount) among \(after.nodeCount) citizens in all\n")
      withExtendedLifetime(lock) {}
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
