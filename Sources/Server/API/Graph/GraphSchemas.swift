internal import Citizens
internal import Core

/// The JSON Schemas of the bodies about the trust graph.
enum GraphSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("Measurement", measurement), ("GraphStats", stats), ("GraphWindow", window), ("Relationship", relationship),
    ("Relationships", record([("relationships", APISchemas.list(APISchemas.reference("Relationship")))])),
    ("GraphChange", change), ("GraphCitizens", citizens),
    ("Interaction", interaction), ("TrustMove", move),
  ]

  private static let count = APISchemas.count
  private static let number: JSON = ["type": "number"]
  private static let score: JSON = ["type": ["number", "null"], "minimum": 0, "maximum": 100]

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static let citizens = record([
    ("citizens", APISchemas.list(record([("name", APISchemas.text), ("relationships", count)])))
  ])

  private static let change = record([
    ("taken", count),
    (
      "loops",
      ["type": "integer", "minimum": 0, "description": "rows that name one citizen twice, which makes no relationship"]
    ),
    ("first_loop", ["type": ["integer", "null"], "description": "the place of the first of them, from 0"]),
    ("nodes", count), ("edges", count), ("snapshot", count),
  ])

  /// What the rule answers is the rulebook's affair; only the level is counted on here.
  private static let measurement = APISchemas.record(
    JSON.Object([("level", ["type": "number", "minimum": 0, "maximum": 1])]), isOpen: true)

  private static let stats = record(
    [
      ("nodes", count), ("edges", count), ("isolated", count), ("components", count), ("largest_component", count),
      ("triangles", count), ("transitivity", number), ("degeneracy", count), ("mean_degree", number),
      ("max_degree", count), ("median", number), ("snapshot", count),
      ("decayed_through", ["type": "string", "description": "the last day whose decay is in the graph, UTC"]),
      ("directory_import", directoryImport),
    ], optional: ["median", "decayed_through", "directory_import"])

  /// What the last import from the directory was told, and whether the directory may have kept some to itself.
  private static let directoryImport = record([
    ("listed", count), ("truncated", ["type": "boolean"]), ("asked", count), ("found", count), ("left", count),
    ("time", APISchemas.text),
  ])

  private static let interaction = record([
    ("citizen1", APISchemas.text), ("citizen2", APISchemas.text),
    ("change", ["type": "number", "description": "above 0 after a good event"]),
  ])

  private static let move = record([
    ("citizen1", APISchemas.text), ("citizen2", APISchemas.text), ("trust_before", score), ("trust", score),
    ("snapshot", count), ("decision_id", APISchemas.text), ("generation", count),
  ])

  private static let window = record([
    ("citizen", APISchemas.text),
    (
      "nodes",
      APISchemas.list(record([("name", APISchemas.text), ("degree", count), ("triangles", count)]))
    ),
    (
      "edges",
      APISchemas.list(record([("source", count), ("target", count), ("trust", score), ("strength", number)]))
    ),
    ("snapshot", count),
  ])

  private static let relationship = record(
    [
      ("citizen1", APISchemas.text), ("citizen2", APISchemas.text), ("trustScore", score), ("strengthScore", score),
      ("lastInteraction", ["type": ["string", "null"], "description": "compared bytewise; empty is oldest"]),
    ], optional: ["trustScore", "strengthScore", "lastInteraction"])
}
