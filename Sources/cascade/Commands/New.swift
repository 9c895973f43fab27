import ArgumentParser
import Platform
import Rulebook

/// `cascade new`: begins what an author will go on with.
struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Begins a plugin.", subcommands: [NewPlugin.self])
}

/// `cascade new plugin`: writes a plugin, its policy and specs that pass.
struct NewPlugin: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Writes a plugin with a policy, and with specs that pass.")

  @Argument(help: "The plugin's name: small letters, digits and '_'.") var name: String
  @OptionGroup var options: RulebookOptions

  func validate() throws {
    let isName =
      name.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    if !isName || name.utf8.count > 50 {
      throw ValidationError("a plugin's name is small letters, digits and '_', 50 at most; not '\(name)'")
    }
    if name == "library" { throw ValidationError("plugins/library holds what all plugins share; choose another name") }
  }

  func run() throws {
    let files = PluginTemplate(name: name).files
    for file in files where File.exists(options.rulebook + "/" + file.path) {
      Output.note("error: \(file.path) is there already; choose another name")
      throw ExitCode.couldNotStart
    }
    do {
      for file in files {
        try OutputFile.write(file.content, to: options.rulebook + "/" + file.path)
        Output.note("wrote \(file.path)")
      }
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    Output.note("go on with: cascade check && cascade test -r \(name)")
  }
}
