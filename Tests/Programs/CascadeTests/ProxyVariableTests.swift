import Core
import Foundation
import StandIns
import TestSupport
import Testing

/// The usual variables name a proxy for what a host asks of others.
struct ProxyVariableTests {
  /// Listens where a proxy would, and tells the first line of each connection.
  private final class Listener {
    private let process = ChildProcess()
    private let output = Pipe()
    private var text = ""
    private(set) var port = 0

    init() throws {
      // Without a connection it ends after an hour, and a test that reads on fails.
      let script = """
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(3600)
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            connection.settimeout(60)
            print(connection.makefile("rb").readline().decode("latin-1").strip(), flush=True)
            connection.close()
        """
      process.executableURL = URL(filePath: "/usr/bin/python3")
      process.arguments = ["-c", script]
      process.standardOutput = output
      try process.run()
      port = try #require(Int(line()))
    }

    deinit { process.terminate() }

    /// The next line; empty when there is none any more.
    func line() -> String {
      while true {
        if let end = text.firstIndex(of: "\n") {
          defer { text.removeSubrange(...end) }
          return String(text[..<end])
        }
        let bytes = output.fileHandleForReading.availableData
        if bytes.isEmpty { return "" }
        text += String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  /// A host that asks Stripe at a name that nobody has, by these variables.
  private static func serve(_ scratch: Scratch, _ listener: Listener, not names: String) throws -> RunningServer {
    try scratch.copyRulebook()
    var environment = [
      "CASCADE_STRIPE_URL": "https://stripe.invalid", "CASCADE_STRIPE_KEY": FakeStripe.key,
      "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_proxy",
    ]
    // Those of the machine that tests mustn't count.
    for name in ["https_proxy", "HTTPS_PROXY"] { environment[name] = "http://127.0.0.1:\(listener.port)" }
    for name in ["no_proxy", "NO_PROXY"] { environment[name] = names }
    // A demonstration asks nobody else.
    return try RunningServer(scratch, ["--no-specs", "--demo"], environment: environment)
  }

  @Test func `a proxy that HTTPS_PROXY names is asked for what isn't on loopback`() throws {
    let listener = try Listener()
    let scratch = try Scratch()
    let server = try Self.serve(scratch, listener, not: "")
    #expect(listener.line() == "CONNECT stripe.invalid:443 HTTP/1.1", "\(server.logged.suffix(2_000))")
    #expect(server.stop() == 0)
  }

  @Test func `a name in NO_PROXY is asked without the proxy`() async throws {
    let listener = try Listener()
    let scratch = try Scratch()
    let server = try Self.serve(scratch, listener, not: "stripe.invalid")
    #expect(
      try await Patience.lasts { server.logged.contains("the provider's list waits for the next round") },
      "\(server.logged.suffix(2_000))")
    #expect(server.stop() == 0)
    // Whatever the host had asked would have come before this.
    _ = try Program.run(
      ["-s", "--noproxy", "*", "http://127.0.0.1:\(listener.port)/last"], executable: "/usr/bin/curl")
    #expect(listener.line() == "GET /last HTTP/1.1")
  }
}
