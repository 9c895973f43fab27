internal import Core
internal import Decisions
internal import Rulebook

/// What the examples in the OpenAPI document are made of.
enum APIExamples {
  static let decision = DecisionDescription(
    name: "tier.assign", plugin: "tiers", summary: "Subscription tier of a citizen, from the social class.",
    input: [
      "type": "object", "properties": ["social_class": ["type": "string"]], "required": ["social_class"],
      "additionalProperties": false,
    ],
    output: [
      "type": "object", "properties": ["tier": ["type": "string"]], "required": ["tier"],
      "additionalProperties": false,
    ],
    uses: ["graph.metrics"], debits: [],
    refusals: [DeclaredRefusal(code: "unknown_class", summary: "nobody has this social class")], operators: false)

  static let problem = RulebookError(
    .loadFailed, message: "plugins/tiers/plugin.lua:3: unexpected symbol near '}'",
    file: "plugins/tiers/plugin.lua", line: 3)

  static let rulebook = RulebookStatus(
    generation: 7, digest: "sha256:" + String(repeating: "5e", count: 32),
    plugins: [PluginStatus(name: "tiers", version: "1.0.0", decisions: ["tier.assign"])], lanes: 2,
    activatedMilliseconds: 1_767_225_600_000, retained: [6, 5], lastReloadProblems: [])
}
