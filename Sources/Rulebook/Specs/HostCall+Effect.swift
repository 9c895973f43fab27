package import Core

extension HostCall {
  /// The call as a spec sees it among a decision's effects: its name and what it was given, without what was left out.
  package var effectJSON: JSON {
    var object = JSON.Object([(name: "call", value: .string(name.rawValue))])
    for member in argumentJSON.object?.members ?? [] { object.append(member.name, member.value) }
    return .object(object)
  }

  /// What the call was given, without what was left out; empty for one that only reads.
  package var argumentJSON: JSON {
    switch self {
    case .post(let transfer), .hold(let transfer): transfer.json
    case .settle(let settlement), .void(let settlement): settlement.json
    case .sign(let request):
      [
        "purpose": .string(request.purpose.rawValue), "claims": .object(request.claims),
        "lifetime_seconds": .integer(request.lifetimeSeconds),
      ]
    case .take(let request): request.json
    case .balance, .graph: [:]
    }
  }
}

extension TransferRequest {
  fileprivate var json: JSON {
    var object = JSON.Object([
      (name: "from", value: .string(from.text)), (name: "to", value: .string(to.text)),
      (name: "amount", value: amount.json),
    ])
    if !code.isEmpty { object.append("code", .string(code)) }
    if !reference.isEmpty { object.append("reference", .string(reference)) }
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { (name: $0.key.text, value: JSON.string($0.value)) }
      object.append("metadata", .object(JSON.Object(pairs)))
    }
    if timeoutSeconds > 0 { object.append("timeout_seconds", .integer(Int64(timeoutSeconds))) }
    return .object(object)
  }
}

extension LimitRequest {
  /// As a rule asks for it: `{"name":"rewards:ada","most":5,"per":"day"}`.
  var json: JSON {
    var object = JSON.Object([
      (name: "name", value: .string(name)), (name: "most", value: isCount ? .integer(most.minor) : most.json),
      (name: "per", value: .string(period.rawValue)),
    ])
    if !isCount { object.append("amount", amount.json) }
    if offsetMinutes != 0 { object.append("offset", .integer(offsetMinutes)) }
    return .object(object)
  }
}

extension SettlementRequest {
  fileprivate var json: JSON {
    var object = JSON.Object([(name: "hold", value: .string(hold.description))])
    object["amount"] = amount?.json
    return .object(object)
  }
}
