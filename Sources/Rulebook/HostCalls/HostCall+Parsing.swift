package import Core

extension HostCall {
  /// Reads a call with its JSON list of arguments. Throws what is wrong. O(arguments).
  package init(_ name: HostCallName, arguments: [UInt8]) throws(HostCallProblem) {
    guard let list = (try? JSON(parsing: arguments))?.array else {
      throw HostCallProblem("its arguments can't be read")
    }
    try self.init(name, list)
  }

  /// Reads a call with these arguments. Throws what is wrong. O(arguments).
  package init(_ name: HostCallName, _ arguments: [JSON]) throws(HostCallProblem) {
    guard arguments.count <= name.parameters.count else {
      let wanted = name.parameters.map(\.name).joined(separator: ", ")
      throw HostCallProblem("takes (\(wanted)), and got \(arguments.count) arguments")
    }
    switch name {
    case .balance: self = .balance(try Self.account(arguments.first))
    case .post: self = .post(try TransferRequest(arguments.first, isHold: false))
    case .hold: self = .hold(try TransferRequest(arguments.first, isHold: true))
    case .settle: self = .settle(try SettlementRequest(arguments.first))
    case .void: self = .void(try SettlementRequest(arguments.first))
    case .sign: self = .sign(try Self.token(arguments.first))
    case .metrics, .nullModel, .network: self = .graph(try Self.query(name, arguments))
    case .take: self = .take(try LimitRequest(arguments.first))
    }
  }

  private static func account(_ argument: JSON?) throws(HostCallProblem) -> AccountName {
    let name = try self.name(argument)
    guard let account = AccountName(name) else {
      throw HostCallProblem(.illegalAccount, "'\(name)' is no account's name")
    }
    return account
  }

  private static func name(_ argument: JSON?) throws(HostCallProblem) -> String {
    guard let name = argument?.string else { throw HostCallProblem("the first argument must be a name") }
    return name
  }

  private static func token(_ argument: JSON?) throws(HostCallProblem) -> TokenRequest {
    try TokenRequest(rule: argument ?? .null)
  }

  private static func query(_ name: HostCallName, _ arguments: [JSON]) throws(HostCallProblem) -> GraphQuery {
    let citizen = name == .network ? "" : try self.name(arguments.first)
    let options = arguments.dropFirst(name.parameters.count - 1).first ?? []
    switch name {
    case .metrics: return try .metrics(of: citizen, options: options)
    case .nullModel: return try .nullModel(of: citizen, options: options)
    default: return try .network(options: options)
    }
  }
}

extension TransferRequest {
  /// Reads `{from, to, amount, code?, reference?, metadata?}`, and of a hold also `timeout_seconds?`.
  init(_ argument: JSON?, isHold: Bool) throws(HostCallProblem) {
    var fields = ["from", "to", "amount", "code", "reference", "metadata"]
    if isHold { fields.append("timeout_seconds") }
    let table = try ArgumentTable(argument, fields: fields)
    self.init(from: try table.account("from"), to: try table.account("to"), amount: try table.amount("amount"))
    code = try table.text("code")
    reference = try table.text("reference")
    metadata = try table.metadata()
    if let timeout = table["timeout_seconds"] {
      guard let seconds = timeout.integer.flatMap({ UInt32(exactly: $0) }) else {
        throw HostCallProblem("'timeout_seconds' must be a whole number of seconds")
      }
      timeoutSeconds = seconds
    }
  }
}

extension SettlementRequest {
  /// Reads `{hold, amount?}`; to release a hold the amount is of no account.
  init(_ argument: JSON?) throws(HostCallProblem) {
    let table = try ArgumentTable(argument, fields: ["hold", "amount"])
    guard let hold = table["hold"]?.string.flatMap({ Identifier($0) }) else {
      throw HostCallProblem("'hold' must be the id of a hold")
    }
    self.init(hold: hold, amount: table["amount"] == nil ? nil : try table.amount("amount"))
  }
}

extension LimitRequest {
  /// Reads `{name, most, per, amount?, offset?}`: times, or with `amount` money of one asset.
  init(_ argument: JSON?) throws(HostCallProblem) {
    let table = try ArgumentTable(argument, fields: ["name", "most", "per", "amount", "offset"])
    let name = try table.text("name")
    guard (1...HostCallLimits.limitNameBytes).contains(name.utf8.count) else {
      throw HostCallProblem("'name' must be a text of 1 to \(HostCallLimits.limitNameBytes) bytes")
    }
    guard let period = Period(rawValue: try table.text("per")) else {
      throw HostCallProblem("'per' must be one of \(Period.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let (most, amount) = try Self.sizes(table)
    self.init(name: name, most: most, amount: amount, period: period)
    guard let offset = table["offset"] else { return }
    guard let minutes = offset.integer, Self.offsets.contains(minutes) else {
      throw HostCallProblem("'offset' must be whole minutes east of UTC, -720 to 840")
    }
    offsetMinutes = minutes
  }

  private static func sizes(_ table: ArgumentTable) throws(HostCallProblem) -> (most: Amount, amount: Amount) {
    guard table["amount"] != nil else {
      guard let times = Asset(times), let most = table["most"]?.integer, most > 0 else {
        throw HostCallProblem("'most' must be a whole number above zero, or an amount beside 'amount'")
      }
      return (Amount(most, times), Amount(1, times))
    }
    let (most, amount) = (try table.amount("most"), try table.amount("amount"))
    guard amount.minor > 0, most.asset == amount.asset else {
      throw HostCallProblem("'amount' must be above zero, and of the asset of 'most', \(most.asset.name)")
    }
    return (most, amount)
  }
}

/// The table that a call takes, with its fields by name.
private struct ArgumentTable {
  private let json: JSON

  init(_ argument: JSON?, fields: [String]) throws(HostCallProblem) {
    guard let json = argument, let members = json.object?.members else {
      throw HostCallProblem("takes a table of \(fields.joined(separator: ", "))")
    }
    for member in members where !fields.contains(member.name) {
      let advice = NearestName.advice(for: member.name, in: fields, or: "it takes")
      throw HostCallProblem("unknown field '\(member.name)'" + advice)
    }
    self.json = json
  }

  /// What a field holds; nil when it holds nothing.
  subscript(_ field: String) -> JSON? { json[field] == .null ? nil : json[field] }

  func account(_ field: String) throws(HostCallProblem) -> AccountName {
    guard let text = self[field]?.string else { throw HostCallProblem("'\(field)' must be an account's name") }
    guard let name = AccountName(text) else {
      throw HostCallProblem(
        .illegalAccount, "'\(field)' must be an account's name, and '\(text)' is none; make one with account(…)")
    }
    return name
  }

  func amount(_ field: String) throws(HostCallProblem) -> Amount {
    guard let amount = Amount(json: self[field]), amount.minor >= 0 else {
      let hint = self[field]?.string.map { "; write amount(\"\($0)\")" } ?? ""
      throw HostCallProblem("'\(field)' must be an amount that isn't negative" + hint)
    }
    return amount
  }

  func text(_ field: String) throws(HostCallProblem) -> String {
    guard let value = self[field] else { return "" }
    guard let text = value.string else { throw HostCallProblem("'\(field)' must be a string") }
    return text
  }

  func metadata() throws(HostCallProblem) -> [ExactText: String] {
    guard let value = self["metadata"] else { return [:] }
    // An empty Lua table has no members of either sort.
    if value == .array([]) { return [:] }
    guard let members = value.object?.members else {
      throw HostCallProblem("'metadata' must be a table of strings by name")
    }
    var pairs: [ExactText: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        let hint = member.value.number == nil ? "" : "; write tostring(…) around the number"
        throw HostCallProblem("'metadata' must be a table of strings by name: '\(member.name)' is none" + hint)
      }
      pairs[member.name] = text
    }
    return pairs
  }
}
