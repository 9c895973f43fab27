import Core
import Decisions
import LuaRuntime
import Synchronization

/// Rules of a generation that is another one each time `tier.assign` was asked, at the first two times.
final class ChangingRules: Decisions {
  let asked = Mutex<[String]>([])
  private let generation = Mutex(0)

  func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    asked.withLock { $0.append(question.point + (question.generation.map { " \($0)" } ?? "")) }
    let isTier = question.point == "tier.assign"
    let number = generation.withLock { number in
      if isTier { number += 1 }
      return number
    }
    // Meanwhile the second generation decides.
    if let wanted = question.generation, wanted == 1 {
      throw DecisionFailure.ofAnotherGeneration(2, wanted: wanted)
    }
    let result: JSON =
      isTier
      ? ["tier": "enterprise", "permissions": []] : ["claims": [:], "lifetime_seconds": 60, "permissions": []]
    return Decided(id: Identifier(high: 0x7000, low: 1 << 63), generation: number, printed: result.bytes)
  }
}
