import Core
import Foundation
import Testing

/// What the API port makes of query parameters that a route doesn't have.
struct QueryParameterTests {
  /// Probes, scrapers, payment providers and browsers append what they like.
  private static func takesAny(_ path: String) -> Bool {
    path == "/metrics" || ["/health", "/v1/webhooks/", "/console"].contains { path.hasPrefix($0) }
  }

  @Test func `an unknown query parameter is refused on every route but probes', notices' and the console's pages`()
    throws
  {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs", "--demo"])
    let token = try server.authorization(scratch)
    let paths = try #require(try server.curl(["http://\(server.api)/openapi.json"])["paths"]?.object)
    var refused = 0
    for path in paths.members {
      let place = path.name.replacing(/\{[^}]*\}/, with: "x")
      for method in path.value.object?.members ?? [] {
        let name = "\(method.name.uppercased()) \(path.name)"
        let answer = try server.ask(
          token + ["-X", method.name.uppercased(), "http://\(server.api)\(place)?nonsense=1"])
        let detail = answer.json["detail"]?.string ?? ""
        if Self.takesAny(path.name) {
          #expect(!detail.contains("nonsense"), "\(name): \(detail)")
        } else {
          #expect(
            answer.status == 422 && detail.hasPrefix("unknown query parameter 'nonsense'; "), "\(name): \(detail)")
          refused += 1
        }
      }
    }
    #expect(refused > 30)
    #expect(server.stop() == 0)
  }
}
