import Foundation
import Testing

/// A section of the README, to be run as it is printed.
struct ReadmeSection {
  /// What is typed: the blocks of `sh`, and the lines of `console` that begin with `$`.
  private(set) var script = ""
  /// What is said to come out.
  private(set) var expected = ""

  /// The section with this title.
  init(_ title: String) throws {
    let text = try String(contentsOf: Program.package.appending(path: "README.md"), encoding: .utf8)
    let start = try #require(text.firstRange(of: "\n## \(title)\n")?.upperBound)
    let section = text[start...].prefix(upTo: text[start...].firstRange(of: "\n## ")?.lowerBound ?? text.endIndex)
    var block = ""
    for line in section.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        block = block.isEmpty ? String(line.dropFirst(3)) : ""
      } else if block == "sh" {
        script += line + "\n"
      } else if block == "console" {
        if line.hasPrefix("$ ") { script += line.dropFirst(2) + "\n" } else { expected += line + "\n" }
      }
    }
  }

  /// Runs the sections one after the other against a host, in its scratch directory.
  static func run(_ sections: [ReadmeSection], _ scratch: Scratch, _ server: RunningServer) throws -> Program.Ending {
    let data = scratch.url.appending(path: "data").path()
    let script = sections.map(\.script).joined().replacing("http://127.0.0.1:8080", with: "http://\(server.api)")
      .replacing("$PWD/.cascade", with: data)
    #expect(script.contains(server.api) && script.contains(data))
    let path = URL(filePath: Program.path).deletingLastPathComponent().path() + ":/usr/bin:/bin"
    return try Program.run(
      ["-eu", "-c", script], environment: ["PATH": path, "TMPDIR": scratch.url.path()], in: scratch.url,
      executable: "/bin/bash")
  }
}
