import Citizens
import Commerce
import Core
import Cryptography
import Foundation
import StoreSQLite
import Testing

/// A data folder that the first stage left is read, and a host goes on with it.
struct FirstStageTests {
  private static let folder = Program.package.appending(path: "Tests/Stores/FirstStage")

  /// A copy of the folder, with the rights that Git doesn't keep.
  private struct Setting {
    let scratch: Scratch
    let data: String
    let expected: JSON

    init() throws {
      scratch = try Scratch()
      let url = scratch.url.appending(path: "data")
      try FileManager.default.copyItem(at: FirstStageTests.folder.appending(path: "data"), to: url)
      data = url.path()
      for path in try FileManager.default.subpathsOfDirectory(atPath: data) {
        let whole = data + "/" + path
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory)
        let rights = isDirectory.boolValue ? 0o700 : 0o600
        try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: whole)
      }
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: data)
      expected = try JSON(parsing: Array(Data(contentsOf: FirstStageTests.folder.appending(path: "expected.json"))))
    }

    /// Runs the program over the copy.
    func run(_ arguments: String...) throws -> Program.Ending { try Program.run(arguments + ["--data", data]) }

    /// When the folder was made, milliseconds since 1970: sessions have long been over since.
    var made: Int64 { get throws { try #require(expected["made_milliseconds"]?.integer) } }
  }

  @Test func `its ledger is good and has the same balances`() throws {
    let setting = try Setting()
    let verified = try setting.run("ledger", "verify")
    #expect(verified.code == 0, "\(verified.error)")
    #expect(verified.out == setting.expected["verify"]?.string)
    let balances = try setting.run("ledger", "balances", "--format", "json")
    #expect(try JSON(parsing: balances.out) == setting.expected["balances"])
  }

  @Test func `every decision comes out the same, but for a failure whose message has changed since`() throws {
    let setting = try Setting()
    let replayed = try setting.run("replay", "--all")
    #expect(setting.expected["replay"]?.string == "58 decisions come out the same\n")
    #expect(replayed.code == 0, "\(replayed.error)")
    #expect(replayed.out == "57 decisions come out the same, 1 can't be run again\n")
    #expect(replayed.error.contains("it ran on a machine of format 5.4-0"), "\(replayed.error)")
  }

  @Test func `its trust is the same, pair by pair`() throws {
    let setting = try Setting()
    let graph = try setting.run("graph", "export", "--format", "csv")
    #expect(graph.code == 0, "\(graph.error)")
    let pairs = graph.out.split { $0.isNewline }.dropFirst().map(String.init).sorted()
    #expect(JSON.array(pairs.map { .string($0) }) == setting.expected["trust"])
  }

  @Test func `its keys are those it had`() throws {
    let setting = try Setting()
    let ring = try String(contentsOfFile: setting.data + "/keys/ring.json", encoding: .utf8)
    for key in try #require(setting.expected["keys"]?.array) {
      let name = try #require(key.array?.first?.string)
      #expect(ring.contains(name))
    }
    let keys = try setting.run("token", "keys", "--format", "json")
    #expect(keys.code == 0, "\(keys.error)")
  }

  @Test func `its payments stand where they stood`() async throws {
    let setting = try Setting()
    let store = try SQLitePaymentStore(directory: setting.data + "/payments")
    for expected in try #require(setting.expected["payments"]?.object).members {
      let id = try #require(Identifier(expected.name))
      let payment = try #require(try await store.payment(id))
      let told = expected.value
      #expect(payment.state.rawValue == told["state"]?.string)
      #expect(payment.citizen == told["citizen"]?.string)
      #expect(payment.charge?.json == told["charge"])
      #expect(payment.ducats?.json == told["ducats"])
      #expect(payment.bonus?.json == told["bonus"])
      #expect(payment.fee?.json == told["fee"])
      #expect(payment.payout?.json == told["payout"])
      #expect(payment.intent == told["intent"]?.string)
      #expect(payment.created == told["created_milliseconds"]?.integer)
      #expect(payment.updated == told["updated_milliseconds"]?.integer)
      #expect(payment.reversed == told["reversed"]?["minor"]?.integer ?? 0)
      if let intent = payment.intent { #expect(try await store.payment(intent: intent)?.id == id) }
    }
    let unfinished = try await store.unfinished(until: .max, after: nil, limit: 10)
    #expect(unfinished.map(\.state) == [.open])
    await store.close()
  }

  @Test func `sessions go on, and what was used or ended stays so`() async throws {
    let setting = try Setting()
    let store = try SQLiteSessionStore(directory: setting.data + "/sessions")
    func state(_ token: String?) async throws -> RefreshState {
      let token = try #require(token.flatMap { RefreshToken($0) })
      return try await store.state(ofRefresh: token.digest, now: setting.made)
    }
    for session in try #require(setting.expected["sessions"]?.object).members {
      guard case .current(let found) = try await state(session.value.string) else {
        Issue.record("\(session.name) has no session")
        continue
      }
      #expect(found.citizen == session.name)
    }
    guard case .reused = try await state(setting.expected["used_refresh_token"]?.string) else {
      Issue.record("a refresh token that was used can be used again")
      return
    }
    #expect(try await state(setting.expected["ended_refresh_token"]?.string) == .unknown)
    await store.close()
  }

  @Test func `a host goes on with it`() throws {
    let setting = try Setting()
    try setting.scratch.copyRulebook()
    let server = try RunningServer(setting.scratch, ["--demo", "--no-specs"])
    let generation = try #require(setting.expected["rulebook"]?["generation"]?.integer)
    // One more for the start without the sample citizens, one more for this one.
    #expect(try #require(try server.rulebook()["generation"]?.integer) > generation)
    #expect(try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)["result"]?["tier"] == "enterprise")
    let token = try signIn(setting, server)
    let citizen = try server.curl(["-H", "Authorization: Bearer " + token, "http://\(server.api)/v1/auth/me"])
    #expect(citizen["username"] == "ConsiglioDeiDieci", "\(citizen.text)")
    #expect(server.stop() == 0, "\(server.logged)")
    let replayed = try setting.run("replay", "--all")
    #expect(replayed.code == 0, "\(replayed.out)\(replayed.error)")
    let verified = try setting.run("ledger", "verify")
    #expect(verified.code == 0, "\(verified.out)\(verified.error)")
  }

  /// Signs in with the key that was enrolled then; the access token.
  private func signIn(_ setting: Setting, _ server: RunningServer) throws -> String {
    let name = "ConsiglioDeiDieci"
    let seed = try #require(setting.expected["signing_key"]?.string.flatMap { Base64URL.bytes($0) })
    let enrolled = try JSON(parsing: String(contentsOfFile: setting.data + "/keys/enrolled.json", encoding: .utf8))
    let point = try #require(enrolled["keys"]?[name]?.string.flatMap { Base64URL.bytes($0) })
    let key = try SigningKey(.ed25519(Secret(seed)), publicKey: .ed25519(point), .edDSA)
    let challenge = try server.curl(["-d", #"{"username":"\#(name)"}"#, "http://\(server.api)/v1/auth/challenge"])
    let nonce = try #require(challenge["nonce"]?.string, "\(challenge.text)")
    let issuer = try #require(challenge["issuer"]?.string)
    let message = ["cascade-auth-v1", issuer, name, nonce].joined(separator: "\n")
    let answer: JSON = [
      "username": .string(name), "nonce": .string(nonce),
      "signature": .string(Base64URL.text(try key.signature(of: Array(message.utf8)))),
    ]
    let tokens = try server.curl(["-d", answer.text, "http://\(server.api)/v1/auth/token"])
    return try #require(tokens["access_token"]?.string, "\(tokens.text)")
  }
}
