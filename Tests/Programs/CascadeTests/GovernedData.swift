import Core
import Cryptography
import Foundation
import Governance
import GovernanceTesting
import Testing

/// A small rulebook, and a data directory that three of five holders founded governance in; no change waits.
struct GovernedData {
  let scratch: Scratch
  let committee: Committee
  /// The digest of the first root.
  let pin: String
  /// What governance began with.
  let founding: FileManifest
  private let environment: [String: String]

  static let spec = """
    describe("fees.fee", function()
      it("is what the policy says", function()
        assert.equal(require("policies.fees").fee, decide("fees.fee", {}).fee)
      end)
    end)

    """

  /// The rulebook's files with this fee.
  static func files(fee: Int) -> [String: String] {
    let plugin = """
      local fees = require "policies.fees"

      return {
        name = "fees", version = "1.0.0",
        decisions = {
          ["fees.fee"] = {
            input = {}, output = { fee = "integer" },
            decide = function() return { fee = fees.fee } end,
          },
        },
      }

      """
    return [
      "plugins/fees/plugin.lua": plugin, "plugins/fees/spec/fees_spec.lua": spec,
      "policies/fees.lua": "return { fee = \(fee) }\n",
    ]
  }

  static func contents(fee: Int) -> [ExactText: [UInt8]] {
    Dictionary(uniqueKeysWithValues: files(fee: fee).map { (ExactText($0.key), Array($0.value.utf8)) })
  }

  /// Writes the rulebook and founds governance in `data`, beside it, or in the store that `environment` names.
  init(_ scratch: Scratch, environment: [String: String] = [:]) throws {
    self.scratch = scratch
    self.environment = environment
    committee = try Committee()
    founding = FileManifest(contents: Self.contents(fee: 3))
    try Self.write(fee: 3, scratch)
    let nothing: JSON = ["policies": "PT0S", "plugins": "PT0S", "root": "PT0S"]
    let root = committee.root(changes: [("expires", "9999-01-01T00:00:00Z"), ("delays", nothing)])
    pin = root.digest
    try scratch.write("root.json", committee.signed(root, by: [0, 1, 2]).json.text)
    let ending = try run(["governance", "init", "root.json", "--rulebook", "."])
    try #require(ending.code == 0, "\(ending.error)")
  }

  static func write(fee: Int, _ scratch: Scratch) throws {
    for (path, text) in files(fee: fee) { try scratch.write(path, text) }
  }

  /// Runs the program beside the data directory, and the server when there is one.
  func run(_ arguments: [String], _ server: RunningServer? = nil) throws -> Program.Ending {
    var environment = environment
    environment["CASCADE_DATA"] = scratch.url.appending(path: "data").path()
    if let server { environment["CASCADE_API"] = server.api }
    return try Program.run(arguments, environment: environment, in: scratch.url)
  }

  /// Serves from the data directory; pinned to the first root where that is asked for. Throws what it said when it
  /// doesn't start.
  func serve(isPinned: Bool = false) throws -> RunningServer {
    try RunningServer(
      scratch, ["--demo"] + (isPinned ? ["--governance", "enforce", "--governance-root", pin] : []))
  }

  /// What a route of the server answers.
  func get(_ path: String, _ server: RunningServer) throws -> JSON {
    try Program.run(["-s", "http://\(server.api)\(path)"], executable: "/usr/bin/curl").json()
  }

  /// Signs, sends and so activates a fee; the proposal's digest.
  func activate(fee: Int, _ server: RunningServer) throws -> String {
    let state = try get("/v1/governance", server)
    let draft = RulebookProposal.Draft(
      realm: committee.realm, sequence: (state["sequence"]?.integer ?? 0) + 1,
      previous: state["payload"]?.string ?? "", root: state["root"]?["digest"]?.string ?? "",
      files: FileManifest(contents: Self.contents(fee: fee)), expires: Instant.now.later(by: 86_400),
      title: "fee \(fee)", requiredHost: "0.1.0")
    let envelope = Envelope(payloadType: RulebookProposal.payloadType, payload: RulebookProposal.payload(draft))
    try scratch.write("fee.json", committee.signed(envelope, by: [0, 1, 2]).json.text)
    for (path, text) in Self.files(fee: fee) { try scratch.write("candidate/\(path)", text) }
    let ending = try run(["governance", "submit", "fee.json", "--candidate", "candidate"], server)
    #expect(ending.code == 0, "\(ending.error)")
    return envelope.digest
  }

  /// Moves a file or directory beside the data directory.
  func move(_ from: String, to: String) throws {
    try FileManager.default.moveItem(at: scratch.url.appending(path: from), to: scratch.url.appending(path: to))
  }

  /// Copies one.
  func copy(_ from: String, to: String) throws {
    try FileManager.default.copyItem(at: scratch.url.appending(path: from), to: scratch.url.appending(path: to))
  }
}
