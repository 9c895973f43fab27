import Citizens
import Core
import Decisions
import LuaRuntime
import Rulebook
import TrustGraph

/// Runs decisions that call `host.graph` over a loaded graph.
struct GraphDecision {
  let snapshot: TrustSnapshot

  /// Runs the decision `point` and returns its result as JSON. Throws its failure.
  func decide(_ point: String, input: [UInt8], _ rulebook: CheckedRulebook) -> Result<JSON, LuaFailure> {
    guard let number = rulebook.number(of: point) else {
      return .failure(LuaFailure(code: .unknownDecision, message: "the rulebook offers no \(point)"))
    }
    do throws(LuaFailure) {
      let machine = try rulebook.makeMachine(isPatient: true)
      let reads = HostReads(balances: EmptyHost(), graph: SnapshotGraph(snapshot))
      // Searching a graph of a million edges takes longer than a decision on a lane may.
      let limits = RunLimits(deadline: .seconds(10))
      let request = RunRequest(decision: number, id: Identifier(high: 0x7000, low: 1 << 63), limits: limits)
      let outcome = input.withUnsafeBytes { machine.decide(request, input: $0, handler: reads) }
      switch outcome.ending {
      case .failure(let failure): return .failure(failure)
      case .fetch:
        return .failure(LuaFailure(code: .conflict, message: "\(point) asks for an answer that the host lacks"))
      case .result(let bytes):
        guard let json = try? JSON(parsing: Array(bytes)) else {
          return .failure(LuaFailure(code: .invalidOutput, message: "\(point) gave no JSON"))
        }
        return .success(json)
      }
    } catch {
      return .failure(error)
    }
  }
}
