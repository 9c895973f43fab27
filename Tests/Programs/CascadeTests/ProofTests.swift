import Core
import Foundation
import PeerTesting
import Testing

/// Proofs of a ledger's entries as the program prints them, checked by aics-tlog.
@Suite(.needsPeers)
struct ProofTests {
  private let scratch: Scratch
  private let data: String
  private let peer: PeerProcess

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
    peer = try PeerProcess([Peers.script("notes.py")])
  }

  private func ask(_ ask: String, _ parameters: [(name: String, value: JSON)]) throws -> JSON? {
    let answer = try JSON(parsing: peer.ask(JSON.object(JSON.Object([("ask", .string(ask))] + parameters)).text))
    #expect(answer["result"] != nil || answer["refused"] != nil)
    return answer["result"]
  }

  private static func id(_ number: Int) -> String {
    "7f3c1b1e-0000-4000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number)
  }

  private func prove(_ id: String, _ more: String...) throws -> Program.Ending {
    try Program.run(["ledger", "prove", id, "--data", data] + more)
  }

  @Test func `aics-tlog verifies every checkpoint and every proof, beside the host and without it`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    for number in 1...7 {
      #expect(try server.give(9, id: Self.id(number), as: token).status == 200)
    }
    let note = try server.ask(token + ["http://\(server.api)/v1/ledger/checkpoint.note"])
    #expect(note.status == 200)
    let noteText = String(decoding: note.body, as: UTF8.self)
    let json = try server.ask(token + ["http://\(server.api)/v1/ledger/checkpoint"]).json
    let key = try Program.run(["ledger", "note-key", "--data", data])
    #expect(key.code == 0, "\(key.error)")
    let verifier = JSON.string(String(key.out.dropLast()))
    let origin = "cascade/" + (try #require(json["ledger"]?.string))
    #expect(key.out.hasPrefix(origin + "+"))
    let read = try ask("checkpoint", [("note", .string(noteText)), ("key", verifier), ("origin", .string(origin))])
    #expect(read?["size"] == 7)

    var entries: [JSON] = []
    var proofs: [String] = []
    for number in 1...7 {
      let text = try prove(Self.id(number))
      #expect(text.code == 0, "\(text.error)")
      #expect(text.out.hasSuffix(noteText))
      let proven = try prove(Self.id(number), "--format", "json").json()
      #expect(proven["index"] == .integer(Int64(number - 1)))
      #expect(proven["size"] == 7)
      #expect(proven["checkpoint"] == .string(noteText))
      let entry = try #require(proven["entry"])
      let question = [("text", JSON.string(text.out)), ("entry", entry), ("key", verifier)]
      #expect(try ask("proof", question) == true)
      entries.append(entry)
      proofs.append(text.out)
    }
    #expect(try ask("tree", [("entries", .array(entries))]) == read?["root"])
    // Of another entry, and signed by another.
    #expect(try ask("proof", [("text", .string(proofs[2])), ("entry", entries[3]), ("key", verifier)]) == false)
    let forged = noteText.replacing("\n7\n", with: "\n8\n")
    #expect(try ask("checkpoint", [("note", .string(forged)), ("key", verifier)]) == nil)

    #expect(server.stop() == 0)
    #expect(try prove(Self.id(3)).out == proofs[2])
  }

  @Test func `an unknown id exits with 2, and data without a ledger with 1`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0)
    for id in [Self.id(99), "nonsense"] {
      let unknown = try prove(id)
      #expect(unknown.code == 2)
      #expect(unknown.out.isEmpty)
      #expect(unknown.error.contains("has no entry \(id)"))
    }
    let nowhere = scratch.url.appending(path: "nowhere").path()
    for command in [["prove", Self.id(1)], ["note-key"]] {
      let missing = try Program.run(["ledger"] + command + ["--data", nowhere])
      #expect(missing.code == 1)
      #expect(missing.error.contains("there is no ledger in"))
    }
    #expect(!FileManager.default.fileExists(atPath: nowhere))
  }

  @Test func `the key is the owner's alone, a lost one isn't made anew, and no backup has it`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0)
    let path = data + "/keys/note.json"
    let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(rights == 0o600)
    let backup = scratch.url.appending(path: "backup").path()
    #expect(try Program.run(["backup", "--data", data, "--to", backup]).code == 0)
    #expect(!FileManager.default.fileExists(atPath: backup + "/keys/note.json"))
    try FileManager.default.removeItem(atPath: path)
    let lost = try Program.run(["ledger", "note-key", "--data", data])
    #expect(lost.code == 1)
    #expect(lost.error.contains("--accept-loss note-key"), "\(lost.error)")
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
