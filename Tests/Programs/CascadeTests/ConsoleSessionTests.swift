import Core
import Foundation
import Testing

/// The console's pages ask a host by the session that they opened.
struct ConsoleSessionTests {
  /// The paths that the pages' scripts ask, with a word in place of what they fill in.
  private static func asked() throws -> Set<String> {
    let assets = Program.package.appending(path: "Sources/Console/Assets").path()
    var paths: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: assets) where name.hasSuffix(".js") {
      let script = try String(contentsOfFile: "\(assets)/\(name)", encoding: .utf8)
      for found in script.matches(of: /["`](\/v1\/(?:[a-z\/_]|\$\{[^}]*\})+)/) {
        paths.insert(String(found.output.1.replacing(/\$\{[^}]*\}/, with: "word")))
      }
    }
    return paths
  }

  @Test func `a session is taken wherever a page asks`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let jar = scratch.url.appending(path: "jar").path()
    let json = ["-H", "Content-Type: application/json", "-d", "{}"]
    let opened = try server.curl(
      server.authorization(scratch) + json + ["-c", jar, "http://\(server.api)/v1/console/session"])
    let session = ["-b", jar, "-H", "X-Cascade-Session: \(try #require(opened["session"]?.string))"]
    let paths = try Self.asked()
    #expect(paths.count > 20 && paths.contains("/v1/objectives") && paths.contains("/v1/records/word"))
    for path in paths.sorted() where path != "/v1/console/session" {
      #expect(try server.status(session, path) != 401, "\(path)")
    }
    #expect(server.stop() == 0)
  }
}
