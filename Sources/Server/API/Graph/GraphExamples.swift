internal import Citizens
internal import Core
internal import TrustGraph

/// What the examples about the trust graph are made of: three citizens who trust each other.
enum GraphExamples {
  /// A body of `POST /v1/graph/relationships`.
  static let relationships: JSON = [
    "relationships": [
      ["citizen1": "alice", "citizen2": "bruno", "trustScore": .double(99.94), "strengthScore": 12],
      [
        "citizen1": "bruno", "citizen2": "chiara", "trustScore": .double(70.5),
        "lastInteraction": "2025-06-01T12:00:00Z",
      ],
      ["citizen1": "alice", "citizen2": "chiara"],
    ]
  ]

  /// A body of `POST /v1/graph/interactions`.
  static let interaction: JSON = ["citizen1": "alice", "citizen2": "bruno", "change": 5]

  /// What comes of it.
  static let move = TrustMove(
    before: 99.9, after: 99.93, snapshot: 2, decision: Identifier(high: 0x0197_2AB4_1F00_7000, low: 1 << 63),
    generation: 1)

  /// What the body of relationships holds.
  static let rows = (relationships["relationships"]?.array ?? []).compactMap { try? Relationship(json: $0) }

  /// The graph after them.
  static let snapshot = TrustSnapshot(rows)

  /// The window of one of them.
  static let window =
    (try? snapshot.drawing(of: "alice", limit: 3, neutral: TrustScale.unrecorded).json) ?? .null

  /// As the shipped rulebook answers for a clique of five at full trust.
  static let measurement: JSON = [
    "F": 1, "rho": 1, "R": 0, "P": .double(0.618034), "triangles": 6, "crystallised": 6, "C": 1, "median": 100, "V": 0,
    "level": .double(0.618034), "ready": true, "window": 5,
  ]
}
