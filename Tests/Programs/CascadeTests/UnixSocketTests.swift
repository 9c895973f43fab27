import Core
import Foundation
import TestSupport
import Testing

@testable import cascade

/// Hosts on Unix sockets, alone and behind nginx.
struct UnixSocketTests {
  /// A folder with a short path, as a socket's path is short.
  private final class Folder {
    let path = "/tmp/cs-\(UInt32.random(in: 0 ... .max))"
    init() { #expect(mkdir(path, 0o755) == 0) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    var options: [String] { ["--no-specs", "--api", "unix:\(path)/api", "--decisions", "unix:\(path)/decisions"] }
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
    func mode(_ name: String) throws -> Int {
      try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? Int ?? 0
    }
  }

  @Test func `both ports listen on sockets with a mode, commands find them, and a stop takes them away`() throws {
    let (scratch, folder) = (try Scratch(), Folder())
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, folder.options + ["--socket-mode", "0600"])
    #expect(folder.names == ["api", "decisions"])
    #expect(try folder.mode("api") == 0o600 && folder.mode("decisions") == 0o600)
    #expect(server.said.contains("API       unix:\(folder.path)/api "), "\(server.said)")
    let decided = try server.curl([
      "--unix-socket", folder.path + "/decisions", "-d", #"{"input":{"social_class":"Nobili"}}"#,
      "http://localhost/v1/decisions/tier.assign",
    ])
    #expect(decided["result"]?["tier"] == "enterprise", "\(decided.text)")
    // A name that isn't this machine's is refused, as on a port.
    let foreign = try server.ask(
      ["--unix-socket", folder.path + "/api", "-H", "Host: evil.example", "http://localhost/v1/rulebook"])
    #expect(foreign.status == 403)
    for command in [["healthcheck"], ["status"]] {
      let ending = try Program.run(command + ["--api", "unix:\(folder.path)/api"])
      #expect(ending.code == 0, "\(ending.error)")
    }
    let reload = try Program.run([
      "reload", "--no-specs", "--api", "unix:\(folder.path)/api", "--data", scratch.url.appending(path: "data").path(),
    ])
    #expect(reload.code == 0, "\(reload.error)")
    #expect(server.stop() == 0)
    #expect(folder.names.isEmpty, "\(folder.names)")
    #expect(try Program.run(["healthcheck", "--api", "unix:\(folder.path)/api"]).code == 1)
  }

  @Test func `a killed host's sockets are taken over, and a living one's aren't`() throws {
    let (scratch, other, folder) = (try Scratch(), try Scratch(), Folder())
    try scratch.copyRulebook()
    try other.copyRulebook()
    let server = try RunningServer(scratch, folder.options)
    let failure = #expect(throws: ServerFailure.self) { try RunningServer(other, folder.options) }
    #expect(failure?.said.contains("can't listen on unix:\(folder.path)/") == true, "\(failure?.said ?? "")")
    #expect(failure?.said.contains("Address already in use") == true)
    server.process.kill()
    server.process.waitUntilExit()
    #expect(folder.names == ["api", "decisions"])
    let next = try RunningServer(scratch, folder.options)
    let health = try next.curl(["--unix-socket", folder.path + "/api", "http://localhost/health/live"])
    #expect(health["status"] == "live" && next.stop() == 0)
  }

  @Test func `what is no path and no mode is refused`() throws {
    for options in [
      ["--api", "unix:"], ["--api", "unix:relative"], ["--decisions", "unix:/" + String(repeating: "x", count: 104)],
      ["--socket-mode", "rw"], ["--socket-mode", "1777"], ["--api", "unix:/tmp/a", "--decisions", "unix:/tmp/a"],
    ] {
      let ending = try Program.run(["config"] + options)
      #expect(ending.code == 64 && ending.error.contains(options[0]), "\(ending.error)")
    }
  }

  /// The article's server for nginx, with a certificate of the test's own and on a port of its own.
  @Test func `behind nginx, as the article shows it, a host sees its clients`() throws {
    let (scratch, folder) = (try Scratch(), Folder())
    try scratch.copyRulebook()
    let host = try RunningServer(
      scratch,
      folder.options + [
        "--trusted-proxy", "unix", "--allow", "rules.example", "--access-log", "--log-format", "json",
      ])
    let key = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=rules.example", "-days", "2"]
    let made = try Program.run(
      key + ["-keyout", folder.path + "/key.pem", "-out", folder.path + "/cert.pem"], executable: "/usr/bin/openssl")
    #expect(made.code == 0, "\(made.error)")
    let article = try String(
      contentsOf: Program.package.appending(path: "Sources/cascade/Documentation.docc/Operating.md"), encoding: .utf8)
    let start = try #require(article.firstRange(of: "```nginx\n")).upperBound
    let end = try #require(article[start...].firstRange(of: "\n```")).lowerBound
    let port = 20_000 + Int.random(in: 0..<20_000)
    let shown = article[start..<end].replacing("listen 443 ssl", with: "listen 127.0.0.1:\(port) ssl")
      .replacing("/etc/ssl/rules.example.pem", with: folder.path + "/cert.pem")
      .replacing("/etc/ssl/rules.example.key", with: folder.path + "/key.pem")
      .replacing("/run/cascade", with: folder.path)
    #expect(shown.contains("unix:\(folder.path)/api") && shown.contains(folder.path + "/key.pem"), "\(shown)")
    let configuration = try scratch.write(
      "nginx.conf",
      """
      daemon off; pid \(folder.path)/pid; error_log stderr; user root;
      events { worker_connections 64; }
      http {
        access_log off; client_body_temp_path \(folder.path)/body; proxy_temp_path \(folder.path)/proxy;
        fastcgi_temp_path \(folder.path)/f; uwsgi_temp_path \(folder.path)/u; scgi_temp_path \(folder.path)/s;
        \(shown)
      }
      """)
    let nginx = ChildProcess()
    nginx.executableURL = URL(filePath: "/usr/sbin/nginx")
    nginx.arguments = ["-c", configuration, "-p", folder.path]
    nginx.standardError = Pipe()
    try nginx.run()
    defer { nginx.terminate() }
    let origin = ["--cacert", folder.path + "/cert.pem", "--resolve", "rules.example:\(port):127.0.0.1"]
    let base = "https://rules.example:\(port)"
    let retry = ["--retry", "40", "--retry-connrefused", "--retry-delay", "1"]
    let health = try host.curl(origin + retry + [base + "/health/live"])
    #expect(health["status"] == "live", "\(health.text)")
    let decided = try host.curl(
      origin + ["-d", #"{"input":{"social_class":"Nobili"}}"#, base + "/v1/decisions/tier.assign"])
    #expect(decided["result"]?["tier"] == "enterprise", "\(decided.text)")
    let named = origin + ["-H", "X-Request-Id: seen-1", "-H", "X-Forwarded-For: 203.0.113.9", base + "/v1/rulebook"]
    #expect(try host.ask(named).status == 200)
    #expect(host.stop() == 0)
    let lines = host.logged.split(separator: "\n").compactMap { try? JSON(parsing: Array($0.utf8)) }
    let line = try #require(lines.first { $0["request"] == "seen-1" && $0["label"] == "access" })
    #expect(line["from"] == "127.0.0.1", "what a client writes itself doesn't count: \(line.text)")
  }
}
