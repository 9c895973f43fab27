import ArgumentParser
import StoreSQLite
import TrustGraph

extension GraphExport.Format: ExpressibleByArgument {}

/// `cascade graph export`: the graph a host keeps, as text for other programs.
struct ExportGraph: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes the trust graph a host keeps as GraphML, as GEXF or as CSV.",
    discussion: "Also works beside a running host. 'graph import' reads the CSV back.")

  @OptionGroup var options: DataOptions
  @Option(help: "The format, by the programs that read it.") var format: GraphExport.Format
  @Option(help: "The file to write. (default: standard output)") var out: String?

  func run() async throws {
    do {
      let store = try options.relationships()
      let export = GraphExport(try await store.load().snapshot, as: format)
      await store.close()
      let file = try out.map { try StreamedFile($0) }
      for piece in export {
        if let file { try file.write(piece) } else { Output.write(piece) }
      }
      try file?.finish()
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
