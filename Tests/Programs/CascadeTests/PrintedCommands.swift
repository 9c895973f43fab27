import Foundation
import Testing

/// The commands that README or an article prints, to be run as a reader types them, and the output it prints.
struct PrintedCommands {
  /// The blocks of `sh`, and the lines of `console` that begin with `$` or continue such a line.
  private(set) var script = ""
  /// The other lines of `console`.
  private(set) var expected = ""
  /// The blocks of `lua` whose first line is a comment with a path, by that path.
  private(set) var files: [String: String] = [:]

  /// Where the articles are.
  static let catalog = Program.package.appending(path: "Sources/cascade/Documentation.docc")

  /// A whole article, by its name without `.md`.
  init(article: String) throws {
    self.init(try String(contentsOf: Self.catalog.appending(path: article + ".md"), encoding: .utf8))
  }

  /// The two parts of an article, before and from the section with this title.
  static func parts(article: String, at title: String) throws -> (PrintedCommands, PrintedCommands) {
    let text = try String(contentsOf: Self.catalog.appending(path: article + ".md"), encoding: .utf8)
    let place = try #require(text.firstRange(of: "\n## \(title)\n")?.lowerBound)
    return (PrintedCommands(String(text[..<place])), PrintedCommands(String(text[place...])))
  }

  /// The section of the README with this title.
  init(readme title: String) throws {
    let text = try String(contentsOf: Program.package.appending(path: "README.md"), encoding: .utf8)
    let start = try #require(text.firstRange(of: "\n## \(title)\n")?.upperBound)
    let section = text[start...].prefix(upTo: text[start...].firstRange(of: "\n## ")?.lowerBound ?? text.endIndex)
    self.init(String(section))
  }

  private init(_ text: String) {
    var language: Substring?
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let language { take(lines, language) }
        language = language == nil ? line.dropFirst(3) : nil
        lines = []
      } else if language != nil {
        lines.append(line)
      }
    }
  }

  /// Takes one block in.
  private mutating func take(_ lines: [Substring], _ language: Substring) {
    switch language {
    case "sh": script += lines.joined(separator: "\n") + "\n"
    case "console":
      var goesOn = false
      for line in lines {
        if line.hasPrefix("$ ") || goesOn {
          script += (goesOn ? line : line.dropFirst(2)) + "\n"
          goesOn = line.hasSuffix("\\") || line.hasSuffix("|")
        } else {
          expected += line + "\n"
        }
      }
    case "lua":
      if let first = lines.first, first.hasPrefix("-- "), first.hasSuffix(".lua") {
        files[String(first.dropFirst(3))] = lines.dropFirst().joined(separator: "\n") + "\n"
      }
    default: break
    }
  }

  /// Runs the commands one after the other in a scratch directory that has the rulebook and the sample data. They talk
  /// to `server` in place of the addresses that are printed; `setup` runs before them.
  static func run(
    _ commands: [PrintedCommands], _ scratch: Scratch, _ server: RunningServer? = nil, setup: String = ""
  ) throws -> Program.Ending {
    let data = scratch.url.appending(path: "data").path()
    var script = ([setup] + commands.map(\.script)).joined(separator: "\n").replacing("$PWD/.cascade-demo", with: data)
    if let server {
      script = script.replacing("127.0.0.1:8080", with: server.api)
        .replacing("http://127.0.0.1:8181", with: "http://\(server.decisions)")
      #expect(script.contains(server.api) || script.contains(server.decisions))
    }
    for (path, text) in commands.flatMap(\.files) { try scratch.write(path, text) }
    let sources = scratch.url.appending(path: "Sources")
    if !FileManager.default.fileExists(atPath: sources.path()) {
      try FileManager.default.createSymbolicLink(
        at: sources, withDestinationURL: Program.package.appending(path: "Sources"))
    }
    let path = URL(filePath: Program.path).deletingLastPathComponent().path() + ":/usr/bin:/bin"
    return try Program.run(
      ["-eu", "-c", script],
      environment: ["PATH": path, "TMPDIR": scratch.url.path(), "CASCADE_DATA": data],
      in: scratch.url, executable: "/bin/bash")
  }
}
