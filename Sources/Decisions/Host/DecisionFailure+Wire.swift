package import Core
internal import LuaRuntime

extension DecisionFailure: WireError {
  /// Why a question to the rules has no answer: of a run that failed with its id, its generation, what it cost and the
  /// rule's own words.
  package var wireProblem: WireProblem {
    var members = JSON.Object()
    if let run {
      members.append("decision_id", .string(run.id.description))
      members.append("generation", .integer(Int64(run.generation)))
      if run.isStale { members.append("stale", true) }
    }
    for member in failure?.json.object?.members ?? [] where !["code", "message"].contains(member.name) {
      members.append(member.name, member.value)
    }
    if let cost = run?.cost {
      members.append(
        "cost",
        ["fuel": .integer(Int64(clamping: cost.fuel)), "nanoseconds": .integer(Int64(clamping: cost.nanoseconds))])
    }
    return WireProblem(code, message, members: members, retrySeconds: retrySeconds)
  }

  /// The same on one of the host's own routes, where a decision that isn't there is the host's own lack.
  package var routeProblem: WireProblem {
    isNotOffered ? WireProblem(.unavailable, "\(message), and this route needs it") : wireProblem
  }
}
