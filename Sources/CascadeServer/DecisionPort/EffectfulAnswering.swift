package import CascadeHost
internal import Core

/// Lets the decision port make decisions with effects: the host's replies as bodies and problems.
package struct EffectfulAnswering: EffectfulDecider {
  private let deciding: any EffectfulDeciding

  /// Answers what `deciding` replies.
  package init(_ deciding: any EffectfulDeciding) { self.deciding = deciding }

  /// Decides `point`; the key must be a UUID.
  package func decide(point: String, body: [UInt8], key: String, requester: String) async -> EffectfulAnswer {
    guard let id = Identifier(key) else {
      return .problem(ProblemDocument(.invalidInput, "the Idempotency-Key must be a UUID"))
    }
    switch await deciding.decide(EffectfulRequest(point: point, body: body, key: id, requester: requester)) {
    case .decided(let json, _): return .body(json)
    case .failed(let failed, _):
      return .problem(
        ProblemDocument(failed.failure, id: failed.id, generation: failed.generation, cost: failed.cost))
    case .keyReused(let sentence): return .problem(ProblemDocument(refused: "key_reused", sentence))
    case .unavailable(let sentence):
      return .problem(ProblemDocument(.unavailable, sentence, headers: [("retry-after", "1")]))
    }
  }
}
