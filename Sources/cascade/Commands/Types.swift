import ArgumentParser
import Platform
import Rulebook

/// `cascade types`: writes the host's types for editors.
struct Types: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the types for lua-language-server and EmmyLua, and their settings.",
    discussion: "Settings that somebody has edited stay as they are.")

  @OptionGroup var options: RulebookOptions
  @Option(help: "Where the files go. (default: the rulebook)") var out: String?

  func run() throws {
    // Even a rulebook that doesn't load gets the host's own types.
    let rulebook = try? RulebookLoader.load(directory: options.rulebook, runSpecs: false)
    do {
      for file in EditorTypes.files(for: rulebook) {
        if file.isSetting, isEdited(file) {
          Output.note("kept \(file.path), which was edited; delete it to have it made anew")
          continue
        }
        try OutputFile.write(file.content, to: (out ?? options.rulebook) + "/" + file.path)
        Output.note("wrote \(file.path)")
      }
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// Whether a file is there that says something else, and nothing that an earlier cascade wrote.
  private func isEdited(_ file: EditorTypes.File) -> Bool {
    let path = (out ?? options.rulebook) + "/" + file.path
    guard File.exists(path), let bytes = try? InputFile.read(path) else { return false }
    return bytes != Array(file.content.utf8) && !EarlierSettings.have(bytes, as: file.path)
  }
}
