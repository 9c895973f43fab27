import ArgumentParser
import Rulebook

/// `cascade types`: writes the host's types for editors.
struct Types: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the types for lua-language-server, .luarc.json and .luacheckrc.")

  @OptionGroup var options: RulebookOptions
  @Option(help: "Where the files go. (default: the rulebook)") var out: String?

  func run() throws {
    // Even a rulebook that doesn't load gets the host's own types.
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
