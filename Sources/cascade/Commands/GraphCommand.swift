import ArgumentParser
import Core
import LuaRuntime
import Rulebook
import TrustGraph

/// `cascade graph`: measures over a file of relationships.
struct GraphCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Measures a trust graph from a CSV file, keeps it, exports it.",
    discussion: "Columns: citizen1,citizen2,trustScore,strengthScore,lastInteraction",
    subcommands: [MeasureCitizen.self, GraphStatistics.self, GraphImport.self, ExportGraph.self])
}

/// A file of relationships.
struct EdgesOptions: ParsableArguments {
  @Option(help: "The CSV file with the relationships.") var edges: String

  /// Reads the graph from the file, piece by piece. On failure prints the problem and exits with 1.
  func snapshot() throws -> TrustSnapshot {
    var builder = SnapshotBuilder()
    try Self.forEachPiece(of: edges) { for relationship in $0 { builder.add(relationship) } }
    return builder.snapshot()
  }

  /// Reads the rows of a file. On failure prints the problem and exits with 1.
  static func relationships(_ edges: String) throws -> [Relationship] {
    var relationships: [Relationship] = []
    try forEachPiece(of: edges) { relationships += $0 }
    return relationships
  }

  private static func forEachPiece(of edges: String, _ body: ([Relationship]) -> Void) throws {
    do {
      var table = RelationshipTable()
      try InputFile.forEachPiece(of: edges) { piece, isLast in
        body(try table.relationships(in: piece, isLast: isLast))
      }
      for note in table.unused.notes(file: edges) { Output.note("note: \(note)") }
    } catch let error as GraphError {
      Output.note("\(edges):\(error.line ?? 1):1: error: \(error.message)")
      throw ExitCode.couldNotStart
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}

/// `cascade graph measure`: the rulebook's own measurement, over the file's graph.
struct MeasureCitizen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measures one citizen by the rulebook's consciousness.measure.")

  @OptionGroup var file: EdgesOptions
  @OptionGroup var options: RulebookOptions
  @Option(help: "The citizen's name.") var citizen: String

  func run() throws {
    let snapshot = try file.snapshot()
    if snapshot.node(of: citizen) == nil {
      Output.note("error: no citizen '\(citizen)' in \(file.edges)")
      throw ExitCode.no
    }
    let rulebook = try options.load()
    let input: JSON = ["citizen": .string(citizen)]
    let answer = GraphDecision(snapshot: snapshot).decide("consciousness.measure", input: input.bytes, rulebook)
    switch answer {
    case .success(let result): Output.write(Self.line(result))
    case .failure(let failure):
      Output.write(["error": failure.json] as JSON)
      throw ExitCode.no
    }
  }

  /// The measurement's figures in a fixed order; null for a missing one.
  private static func line(_ measurement: JSON) -> JSON {
    let names = [
      "F", "rho", "R", "P", "triangles", "crystallised", "C", "median", "V", "level", "ready", "window",
    ]
    return .object(JSON.Object(names.map { (name: $0, value: measurement[$0] ?? .null) }))
  }
}

/// `cascade graph stats`: the figures of a whole graph.
struct GraphStatistics: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stats", abstract: "Prints the figures of a graph.")

  @OptionGroup var file: EdgesOptions
  @Option(help: "The trust of a pair without a recorded one.") var neutral = 50.0

  func validate() throws {
    if !TrustScale.range.contains(neutral) { throw ValidationError("--neutral is between 0 and 100") }
  }

  func run() throws {
    Output.write(try file.snapshot().network(neutral: neutral))
  }
}
