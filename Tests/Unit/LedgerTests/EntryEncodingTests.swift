internal import Core
internal import Ledger
internal import StoreConformance
internal import Testing

struct EntryEncodingTests {
  private let first = Entry(
    sequence: 1, timestamp: 1_700_000_000_000_000_000, kind: .posted,
    id: Identifier(high: 0x018b_cfe5_6800_0000, low: 10),
    postings: [Posting(account("world"), account("citizen:alice"), ducats(10_000))])

  private let second = Entry(
    sequence: 2, timestamp: 1_700_000_000_000_000_001, kind: .posted,
    id: Identifier(high: 0x018b_cfe5_6800_0000, low: 11),
    postings: [
      Posting(account("citizen:alice"), account("citizen:zoe"), ducats(250)),
      Posting(account("citizen:alice"), account("fees:platform"), ducats(7)),
    ],
    reference: "inv-1", idempotencyKey: "k-1", metadata: ["why": "gift for Zoë", "b": "1"])

  @Test func `the first golden entry has its bytes and hash`() {
    let bytes = first.canonicalBytes(after: Entry.firstHash)
    #expect(bytes.count == 147)
    #expect(
      Hexadecimal.text(Entry.hash(bytes)) == "aa1e7e55752c62507121eaaf242f7f6955d10e2d2e4724db85736305cba0b4fe")
  }

  @Test func `the second golden entry has its bytes and hash`() {
    let bytes = second.canonicalBytes(after: Entry.hash(first.canonicalBytes(after: Entry.firstHash)))
    #expect(bytes.count == 241)
    #expect(
      Hexadecimal.text(Entry.hash(bytes)) == "fe1abac572111fb98965a5e8e288b7938cb541bb0b632cee97378ace30ce3c7b")
  }

  @Test func `what was encoded decodes to itself, and nothing shorter, longer or flipped does`() throws {
    let bytes = second.canonicalBytes(after: Entry.firstHash)
    #expect(try #require(Entry.decode(bytes)).entry == second)
    #expect(Entry.decode(bytes + [0]) == nil)
    for count in bytes.indices { #expect(Entry.decode(Array(bytes.prefix(count))) == nil) }
    for index in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[index] ^= 1 << bit
        if let decoded = Entry.decode(flipped) {
          #expect(decoded.entry != second || decoded.previous != Entry.firstHash)
        }
      }
    }
  }

  @Test(arguments: [Entry.Kind.decision, .governance, .anchor, .operatorAct])
  func `an entry that moves nothing has its place in the chain, and no postings`(kind: Entry.Kind) throws {
    #expect(kind.isStatement && kind.rawValue >= 7)
    var entry = Entry(
      sequence: 1, timestamp: 5, kind: kind, id: id(1), postings: [],
      metadata: [ExactText(Entry.ReservedKey.attachment): "ab"])
    let stored = StoredEntry(sealing: entry, after: Entry.firstHash, balances: [])
    #expect(Entry.decode(stored.canonicalBytes)?.entry == entry)
    var verifier = LedgerVerifier(ledgerID: "l", recordedFrom: 0)
    verifier.take(LedgerRow(stored))
    let report = verifier.finish()
    #expect(report.entries == 1 && report.head == stored.hash && report.problem == nil)
    entry.postings = [Posting(account("a"), account("b"), ducats(1))]
    verifier = LedgerVerifier(ledgerID: "l", recordedFrom: 0)
    verifier.take(LedgerRow(StoredEntry(sealing: entry, after: Entry.firstHash, balances: [])))
    #expect(verifier.problem?.sequence == 1)
  }
}
