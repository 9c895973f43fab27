import Core
import DatabaseServers
import Foundation
import Testing

/// Hosts that share one database, each with a data directory of its own.
final class ClusterFixture {
  /// Pays from anna to zoe, and tells anna's balance.
  private static let probe = """
    local function pay(input, host)
      local before = host.ledger.balance("citizen:anna")
      host.ledger.post { from = "citizen:anna", to = "citizen:zoe", amount = input.amount }
      return { before = before }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.pay"] = { input = { amount = "amount" }, output = { before = { type = "any" } },
        uses = { "ledger.balance", "ledger.post" }, debits = { "citizen:anna" }, decide = pay },
      ["probe.balance"] = { input = {}, output = { balance = "any" }, uses = { "ledger.balance" },
        decide = function(input, host) return { balance = host.ledger.balance("citizen:anna") } end },
    } }
    """

  /// The database's URL.
  let url: String
  /// Where the key that seals signing keys lies.
  let key: String
  let scratch: Scratch
  private(set) var hosts: [RunningServer] = []
  private var folders: [Scratch] = []
  private let server: PostgresServer

  /// A database, on the tests' own server unless another one is given, and a key; no host.
  init(on server: PostgresServer? = nil) throws {
    self.server = try server ?? PostgresServer.shared.get()
    url = try self.server.newDatabase()
    scratch = try Scratch()
    key = scratch.url.appending(path: "store.key").path()
    let made = try Program.run(["store", "new-key", "--out", key])
    try #require(made.code == 0, "\(made.error)")
  }

  /// What every command of this cluster is given.
  var shared: [String] { ["--store", url, "--key-encryption-key-file", key] }

  /// The same for commands that take it from their environment.
  var environment: [String: String] { ["CASCADE_STORE": url, "CASCADE_KEY_ENCRYPTION_KEY_FILE": key] }

  /// Starts one more host, by the shipped rulebook and the probe; it reaches the database at another address than the
  /// others when `store` is one.
  @discardableResult
  func start(
    _ name: String, _ arguments: [String] = [], store: String? = nil, environment: [String: String] = [:]
  ) throws -> RunningServer {
    let folder = try Scratch()
    try folder.copyRulebook()
    try folder.write("plugins/probe/plugin.lua", Self.probe)
    folders.append(folder)
    let host = try RunningServer(
      folder,
      ["--store", store ?? url, "--key-encryption-key-file", key, "--no-specs", "--host-name", name] + arguments,
      environment: environment)
    hosts.append(host)
    return host
  }

  private var database: String { String(url.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" }) }

  /// Runs SQL in the database, past all hosts.
  func execute(_ sql: String) throws { try server.execute(sql, in: database) }

  /// A proxy before the server, and the database's address behind it.
  func proxy() throws -> (CuttingProxy, address: String) {
    let proxy = try CuttingProxy(server: server.socket)
    let options = "sslmode=disable&gssencmode=disable"
    return (proxy, "postgresql://cascade@127.0.0.1:\(proxy.port)/\(database)?\(options)")
  }

  /// The address by which another user than the tests' own reaches the database, which is that one's from now on.
  func handOver(to user: String, password: String) throws -> String {
    try execute(
      "CREATE ROLE \(user) LOGIN PASSWORD '\(password)'; ALTER DATABASE \(database) OWNER TO \(user)")
    try server.askForPasswords()
    return url.replacing("cascade@", with: "\(user)@")
  }

  /// Writes a file of a host's rulebook.
  func write(_ path: String, _ text: String, of host: RunningServer) throws {
    for (place, other) in hosts.enumerated() where other.api == host.api { try folders[place].write(path, text) }
  }

  /// The segments of records that a host has in files of its own, those with anything in them.
  func segments(of host: RunningServer) -> [String] {
    let files = FileManager.default
    guard let place = hosts.firstIndex(where: { $0.api == host.api }) else { return [] }
    let records = folders[place].url.appending(path: "data/records")
    let lanes = (try? files.contentsOfDirectory(atPath: records.path())) ?? []
    return lanes.sorted().flatMap { lane in
      let folder = records.appending(path: lane).path()
      let segments = (try? files.contentsOfDirectory(atPath: folder)) ?? []
      return segments.filter { $0.hasSuffix(".records") }.sorted().map { folder + "/" + $0 }
    }.filter { (try? Data(contentsOf: URL(filePath: $0)).isEmpty) == false }
  }

  /// Runs a command on what is shared; it must succeed.
  func command(_ arguments: [String]) throws -> Program.Ending {
    let data = ["--data", scratch.url.appending(path: "commands").path()]
    let ending = try Program.run(arguments + shared + data)
    #expect(ending.code == 0, "\(arguments): \(ending.out)\(ending.error)")
    return ending
  }

  /// An operator's token, good at every host.
  func authorization() throws -> [String] {
    let token = try command(["token", "operator"]).out
    return ["-H", "Authorization: Bearer \(token.prefix { $0 != "\n" })"]
  }

  /// The id of this number.
  static func id(_ number: Int) -> String {
    let digits = String(number)
    return "018bcfe5-6800-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// Asks a host for a decision with effects under a key.
  func pay(_ minor: Int, key: Int, at host: RunningServer, as authorization: [String]) throws -> RunningServer.Answer {
    let amount = #"{"asset":"DUC/2","minor":\#(minor)}"#
    return try host.ask(
      authorization + [
        "-H", "Idempotency-Key: \(Self.id(key))", "-d", "{\"input\":{\"amount\":\(amount)}}",
        "http://\(host.decisions)/v1/decisions/probe.pay",
      ])
  }

  /// What a host without asking the ledger takes anna's balance for, once it is `minor`; nil when it never is.
  func balance(_ minor: Int64, at host: RunningServer) async throws -> Int64? {
    var found: Int64?
    for _ in 0..<400 {
      found = try host.decide("probe.balance", "{}")["result"]?["balance"]?["minor"]?.integer
      if found == minor { break }
      try await Task.sleep(for: .milliseconds(25))
    }
    return found
  }

  /// Stops all hosts; each must end well.
  func stop() { for host in hosts { #expect(host.stop() == 0, "\(host.logged)") } }
}
