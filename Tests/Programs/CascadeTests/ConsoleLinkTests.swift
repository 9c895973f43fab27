import Core
import Foundation
import Testing

/// The console's link, which only a terminal gets.
struct ConsoleLinkTests {
  private static let plugin = """
    return { name = "none", version = "1.0.0", decisions = {
      ["none.at_all"] = { input = {}, output = {}, decide = function() return {} end },
    } }
    """

  @Test func `on a terminal serve prints a link whose code opens the console once`() throws {
    let scratch = try Scratch()
    try scratch.write("plugins/none/plugin.lua", Self.plugin)
    let server = try RunningServer(scratch, onTerminal: true)
    let link = try #require(
      server.said.firstMatch(of: /http:\/\/([0-9.:]+)\/console#code=([A-Za-z0-9_-]{43})/), "\(server.said)")
    #expect(link.1 == server.api)
    func open() throws -> JSON {
      try server.curl(["-d", "{\"code\":\"\(link.2)\"}", "http://\(server.api)/v1/console/session"])
    }
    let jar = scratch.url.appending(path: "cookies").path()
    let opened = try server.curl(
      ["-c", jar, "-d", "{\"code\":\"\(link.2)\"}", "http://\(server.api)/v1/console/session"])
    let half = try #require(opened["session"]?.string)
    let session = ["-X", "POST", "-H", "X-Cascade-Session: " + half]
    #expect(try server.status(session, "/v1/rulebook") == 401, "the page's half alone")
    #expect(try server.status(session + ["-b", jar], "/v1/rulebook") == 200)
    #expect(try open()["status"] == 401)
    #expect(!server.logged.contains(link.2) && !server.logged.contains(half))
  }

  @Test func `elsewhere there is no code`() throws {
    let scratch = try Scratch()
    try scratch.write("plugins/none/plugin.lua", Self.plugin)
    let server = try RunningServer(scratch)
    #expect(!server.said.contains("#code="))
    #expect(try server.text(["http://\(server.api)/console"]).hasPrefix("<!doctype html>"))
  }
}
