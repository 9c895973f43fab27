import ArgumentParser
import Citizens
import Core
import Decisions
import Logging
import StoreSQLite
import TrustGraph
import Venice

/// `cascade graph import`: adds relationships to those a host keeps.
struct GraphImport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Adds relationships to the graph in --data.",
    discussion: """
      Of a pair the newest lastInteraction stays. The host must not run meanwhile; a running one takes relationships \
      by POST /v1/graph/relationships.

      Venice tells its 100 strongest relationships at once. Then there may be more, and the pairs among the citizens \
      of the graph, of the list and of --citizen are asked for one by one.
      """)

  @Option(help: "A CSV file with relationships.") var edges: String?
  @Flag(help: "Asks Venice, at CASCADE_VENICE_URL with the key CASCADE_VENICE_KEY.") var venice = false
  @Option(help: "With --venice, a citizen to ask about; may be given again.") var citizen: [String] = []
  @Option(help: "With --venice, the most pairs to ask for one by one.") var pairs = 10_000
  @OptionGroup var options: DataOptions

  func validate() throws {
    if (edges != nil) == venice { throw ValidationError("give --edges FILE or --venice") }
    if !venice && !citizen.isEmpty { throw ValidationError("--citizen goes with --venice") }
    if !(0...1_000_000).contains(pairs) { throw ValidationError("--pairs is between 0 and 1000000") }
  }

  func run() async throws {
    let rows = try edges.map(EdgesOptions.relationships)
    try options.actAsOwner()
    do {
      try DataDirectory.make(options.data)
      let isShared = try options.sharedAddress() != nil
      let lock = isShared ? nil : try DataDirectory.lock(options.data)
      if !isShared {
        try DataMark.check(.graph, in: options.data)
        try DataMark.expectChange(of: .graph, in: options.data)
      }
      let store = try options.relationships(forWriting: true)
      let graph = try await LiveGraph(store)
      if let rows { try await add(rows, to: graph) } else { try await addVenice(to: graph) }
      await graph.close()
      withExtendedLifetime(lock) {}
    } catch let error as DirectoryUnavailable {
      Output.note("error: nothing was imported: \(error.reason)")
      throw ExitCode.couldNotStart
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    try options.note("importGraph", ("source", edges ?? "venice"))
  }

  private func add(_ rows: [Relationship], to graph: LiveGraph) async throws {
    let before = graph.snapshot
    let after = try await graph.apply(rows)
    Output.write(
      "\(rows.count) relationships read, \(after.edgeCount - before.edgeCount) new; "
        + "\(after.edgeCount) among \(after.nodeCount) citizens in all\n")
  }

  private func addVenice(to graph: LiveGraph) async throws {
    // Silence the logger: the command reports the error itself.
    let client = VeniceClient(
      try VeniceAccess.transport(), logger: Logger(label: "venice") { _ in SwiftLogNoOpLogHandler() })
    var directory = DirectoryImport(from: client, into: graph)
    directory.citizens = citizen
    directory.pairLimit = pairs
    let before = graph.snapshot
    let report: DirectoryImport.Report
    do {
      report = try await directory.run(at: WallClock.milliseconds())
    } catch {
      await client.close()
      throw error
    }
    await client.close()
    let after = graph.snapshot
    var line = report.json.object ?? JSON.Object()
    line.append("new", .integer(Int64(after.edgeCount - before.edgeCount)))
    line.append("edges", .integer(Int64(after.edgeCount)))
    line.append("citizens", .integer(Int64(after.nodeCount)))
    Output.write(JSON.object(line))
    if report.left > 0 {
      Output.note("note: \(report.left) more pairs may be related; raise --pairs to ask for them")
    }
  }
}
