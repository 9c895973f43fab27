import Core
import Cryptography
import Decisions
import Ledger
import Testing

/// Checkpoints as notes, and proofs that lead to them.
struct LedgerNotesTests {
  private static func id(_ number: UInt64) -> Identifier {
    Identifier(milliseconds: 1_700_000_000_000, random: (0, number))
  }

  private let ledger = MemoryLedgerStore(ledgerID: "a-ledger", time: .system)
  private let notes: LedgerNotes
  private let key: NoteKey

  init() throws {
    key = try NoteKey(ledger: "a-ledger", SigningKey.ed25519(seed: Secret(1...32)))
    notes = LedgerNotes(ledger, signedBy: key)
  }

  private func give(_ number: UInt64) async throws {
    let amount = Amount(1, try #require(Asset("DUC/2")))
    let event = LedgerEvent.posted(
      Self.id(number), from: try #require(AccountName("world")), to: try #require(AccountName("citizen:a")), amount)
    _ = try await ledger.commit(Submission([.event(event)], authority: .operator))
  }

  @Test func `a key has the form that others give it, and signs as they do`() throws {
    // The example of the documentation of Go's package golang.org/x/mod/sumdb/note.
    let seed = try #require(Hexadecimal.bytes("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"))
    let key = try NoteKey(name: "PeterNeumann", SigningKey.ed25519(seed: Secret(seed)))
    #expect(key.verifierText == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    let signature =
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    #expect(try key.signed(text) == "\(text)\n\u{2014} PeterNeumann \(signature)\n")
  }

  @Test func `only an Ed25519 key signs notes`() throws {
    #expect(throws: CryptographyError.self) { try NoteKey(ledger: "a", SigningKey.generate(.es256)) }
  }

  @Test func `a checkpoint names origin, size and root, also of an empty ledger`() async throws {
    let empty = try await notes.checkpoint()
    #expect(
      empty.hasPrefix("cascade/a-ledger\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u{2014} cascade/a-ledger ")
    )
    for number in 1...5 as ClosedRange<UInt64> { try await give(number) }
    let lines = try await notes.checkpoint().split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "cascade/a-ledger")
    #expect(lines[1] == "5")
    #expect(lines.count == 6 && lines[3].isEmpty && lines[5].isEmpty)
  }

  @Test func `a proof has the form of a tlog-proof, and says the same as JSON`() async throws {
    for number in 1...5 as ClosedRange<UInt64> { try await give(number) }
    let proven = try #require(try await notes.proof(of: Self.id(3)))
    #expect(proven.proof.index == 2)
    #expect(proven.proof.size == 5)
    #expect(proven.checkpoint == (try await notes.checkpoint()))
    let hashes = (proven.json["proof"]?.array ?? []).compactMap(\.string)
    #expect(hashes.count == 3)
    #expect(
      proven.text == "c2sp.org/tlog-proof@v1\nindex 2\n\(hashes.joined(separator: "\n"))\n\n\(proven.checkpoint)")
    let stored = try #require(await ledger.entry(Self.id(3)))
    #expect(
      proven.json.object?.members.map(\.name) == ["entry", "index", "size", "proof", "checkpoint"])
    #expect(proven.json["entry"] == .string(Hexadecimal.text(stored.canonicalBytes)))
    #expect(proven.json["index"] == 2 && proven.json["size"] == 5)
    #expect(proven.json["checkpoint"] == .string(proven.checkpoint))
  }

  @Test func `a decision is proved by the first entry that names its record, whether it moved anything or not`()
    async throws
  {
    try await give(1)
    let record = DecisionRecord(id: Self.id(50), bytes: Array(#"{"effects":[]}"#.utf8))
    _ = try await ledger.commit([], record: record)
    let proven = try #require(try await notes.proof(of: Self.id(50)))
    #expect(proven.proof.index == 1)
    let event = LedgerEvent.posted(
      Self.id(60), from: try #require(AccountName("citizen:a")), to: try #require(AccountName("citizen:b")),
      Amount(1, try #require(Asset("DUC/2"))))
    let moving = DecisionRecord(id: Self.id(51), bytes: Array(#"{"effects":["\#(Self.id(60))"]}"#.utf8))
    _ = try await ledger.commit([event], record: moving)
    let moved = try #require(try await notes.proof(of: Self.id(51)))
    #expect(moved == (try await notes.proof(of: Self.id(60))))
    let entry = try #require(Entry.decode(moved.canonicalBytes)?.entry)
    #expect(entry.record == moving.fingerprint)
  }

  @Test func `an id that nothing has is proved by nothing`() async throws {
    try await give(1)
    #expect(try await notes.proof(of: Self.id(99)) == nil)
  }
}
