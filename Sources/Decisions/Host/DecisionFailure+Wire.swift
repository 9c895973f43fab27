internal import Core
package import Decisions
internal import LuaRuntime

extension ProblemDocument {
  /// Why a question to the rules has no answer: of a run that failed with its id, its generation, what it cost and the
  /// rule's own words. The one place where such a failure becomes a problem.
  ///
  /// On one of the host's own routes, which `isRoute` says, a decision that isn't there is the host's own lack.
  package init(_ failure: DecisionFailure, isRoute: Bool = false) {
    if isRoute, failure.isNotOffered {
      self.init(.unavailable, "\(failure.message), and this route needs it")
      return
    }
    var members = JSON.Object()
    if let run = failure.run {
      members.append("decision_id", .string(run.id.description))
      members.append("generation", .integer(Int64(run.generation)))
      if run.isStale { members.append("stale", true) }
    }
    for member in failure.failure?.json.object?.members ?? [] where !["code", "message"].contains(member.name) {
      members.append(member.name, member.value)
    }
    if let cost = failure.run?.cost {
      members.append(
        "cost",
        ["fuel": .integer(Int64(clamping: cost.fuel)), "nanoseconds": .integer(Int64(clamping: cost.nanoseconds))])
    }
    let headers = failure.retrySeconds.map { [("retry-after", String($0))] } ?? []
    self.init(failure.code, failure.message, headers: headers, members: members)
  }
}
