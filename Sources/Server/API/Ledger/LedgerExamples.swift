internal import Core
internal import Cryptography
internal import Decisions
internal import Ledger

/// What the ledger's examples in the OpenAPI document are made of: a small ledger that took the example's events.
enum LedgerExamples {
  /// A body of `POST /v1/ledger/transfers`: money from outside, a hold, and what can't be.
  static let events: JSON = [
    "events": [
      [
        "id": "018bcfe5-6800-7000-8000-00000000000a", "from": "world", "to": "citizen:alice",
        "amount": ["asset": "USD/2", "minor": 9750], "kind": "posted", "reference": "inv-1",
        "metadata": ["why": "opening"],
      ],
      [
        "id": "018bcfe5-6800-7000-8000-00000000000b", "from": "citizen:alice", "to": "fees:platform",
        "amount": ["asset": "USD/2", "minor": 250], "kind": "pending", "timeout_seconds": 3600,
      ],
      [
        "id": "018bcfe5-6800-7000-8000-00000000000c", "from": "citizen:zoe", "to": "citizen:alice",
        "amount": ["asset": "USD/2", "minor": 1], "kind": "posted",
      ],
    ]
  ]

  /// A body of `PUT /v1/ledger/accounts/{account}`.
  static let accountChange: JSON = ["floor": -1000, "closed": false]

  private static let taken: (state: LedgerState, entries: [StoredEntry], results: JSON) = {
    var state = LedgerState()
    var changes = LedgerChanges()
    let events = LedgerWire.events(LedgerExamples.events) ?? []
    let submission = Submission(events.map(\.event), authority: .operator)
    let receipt = try? state.apply(submission, now: 1_700_000_000_000_000_000, changes: &changes)
    guard case .results(let results)? = receipt else { return (state, changes.entries, .null) }
    return (state, changes.entries, LedgerWire.results(results, ids: events.map(\.id)))
  }()

  /// The answer to ``events``.
  static var results: JSON { taken.results }

  /// The hold among them.
  static var transfer: JSON {
    taken.entries.last.map { LedgerWire.json($0, naming: [], now: $0.entry.timestamp) } ?? .null
  }

  /// An account they touched.
  static var account: JSON {
    LedgerWire.json(taken.state.accounts.values.filter { $0.name.text == "citizen:alice" }) ?? .null
  }

  /// The tree over them, signed by a key that is nobody's.
  static var note: String {
    var tree = MerkleFrontier()
    for stored in taken.entries { _ = tree.append(MerkleTree.leaf(stored.canonicalBytes)) }
    guard let key = try? SigningKey.ed25519(seed: Secret(1...32)),
      let note = try? LedgerNotes.checkpoint(tree, NoteKey(ledger: "018bcfe5-6800-7000-8000-000000000001", key))
    else { return "" }
    return note
  }

  /// Where the chain ended after them.
  static var checkpoint: JSON {
    let checkpoint = Checkpoint(
      ledger: "018bcfe5-6800-7000-8000-000000000001", head: taken.state.loaded.head ?? LedgerHead())
    return SignedCheckpoint(checkpoint, signature: nil).json
  }
}
