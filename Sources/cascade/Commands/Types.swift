import ArgumentParser
import Rulebook

/// `cascade types`: what an editor needs to know the host's words.
struct Types: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the types for lua-language-server, .luarc.json and .luacheckrc.")

  @OptionGroup var options: RulebookOptions
  @Option(help: "Where the files go. (default: the rulebook)") var out: String?

  func run() throws {
    // A rulebook that doesn't load still gets the host's own words.
    let rulebook = try? RulebookLoader.load(directory: options.rulebook, runSpecs: false)
    do {
      for file in EditorTypes.files(for: rulebook) {
        try OutputFile.write(file.content, to: (out ?? options.rulebook) + "/" + file.path)
        Output.note("wrote \(file.path)")
      }
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
