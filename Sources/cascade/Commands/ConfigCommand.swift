import ArgumentParser
import Core
import Server

/// `cascade config`: what a host's settings are and where they come from.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Shows the settings of a host, and checks a file of settings.",
    subcommands: [ShowConfig.self, CheckConfig.self], defaultSubcommand: ShowConfig.self)
}

/// `cascade config show`: the settings in force, as a file of settings.
struct ShowConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Prints the settings that `serve` would run with, as a file of settings.",
    discussion: """
      Takes the options of `serve`; what isn't set stands behind a #. Secrets are not shown: of those in the \
      environment only the names.
      """)

  @OptionGroup var options: ServeOptions
  @Flag(help: "Says behind each setting where it comes from: an option, a variable, file and line, or the default.")
  var origin = false

  /// What only the environment gives, most of it secret.
  private static let hidden = [
    "STRIPE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_URL", "VENICE_KEY", "VENICE_URL", "VENICE_PAYER",
  ]

  func run() throws {
    let sources = try options.resolved(readsSecrets: false).sources
    for name in SettingSources.options.map(\.name) {
      guard let setting = sources.settings.first(where: { $0.name == name }) else { continue }
      let line = setting.value.map { "\(name) = \($0.toml)" } ?? "# \(name) is not set"
      Output.writeLine(origin && setting.value != nil ? "\(line)  # \(setting.origin.text(setting.name))" : line)
    }
    let set = Self.hidden.filter { Environment.value($0) != nil }
    if !set.isEmpty {
      Output.writeLine("# in the environment, not shown: " + set.map { "CASCADE_\($0)" }.joined(separator: ", "))
    }
  }
}

/// `cascade config check`: whether a file of settings is in order.
struct CheckConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Says whether a host could run with a file of settings; exits with 2 when not.",
    discussion: "Looks at the file alone: neither at the environment, nor at the files that it names.")

  @Argument(help: "The file: TOML, or JSON where its name ends in .json.") var file: String

  func run() throws {
    if !InputFile.exists(file) {
      Output.note("error: there is no file \(file)")
      throw ExitCode.couldNotStart
    }
    do {
      let sources = try SettingSources(try ConfigurationFile(file), readsEnvironment: false)
      _ = try ServeOptions.parse([]).settings(sources, readsSecrets: false)
      Output.writeLine("ok: \(sources.file?.members.count ?? 0) settings")
    } catch let error as ReadingError {
      Output.note("error: \(error)")
      throw ExitCode.no
    } catch let error as ValidationError {
      Output.note("error: \(file): \(error.message)")
      throw ExitCode.no
    }
  }
}

extension SettingSources.Origin {
  /// What gave the setting of this name, in a few words.
  fileprivate func text(_ name: String) -> String {
    switch self {
    case .option: "--\(name)"
    case .variable: Environment.name(of: name)
    case .file(let place): VisibleText.line(place)
    case .standard: "default"
    }
  }
}

extension SettingSources {
  /// Every setting that was asked for, with what gave it; files of secrets by their names only.
  var shown: [SettingsDesk.Setting] {
    Self.options.compactMap { option in
      settings.last { $0.name == option.name }.map { setting in
        SettingsDesk.Setting(
          name: setting.name, value: setting.value.map { VisibleText.line($0.toml) },
          origin: setting.origin.text(setting.name))
      }
    }
  }
}
