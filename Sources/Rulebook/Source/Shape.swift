internal import Core

/// What is known of a value before anything runs.
enum Shape: Equatable {
  /// Nothing is known of the value.
  case unknown
  /// It fits one of these schemas, as part of what is named.
  case fields([FieldSchema], of: String)
  /// It is one of these values of a policy or module, as part of what is named.
  case data([JSON], of: String)
  /// The second argument of a decision.
  case host
  /// `host.ledger`, by its name.
  case hostPart(String)
  /// A function of the host.
  case hostCall(HostCallName)

  /// What holds for a value that has one shape or the other.
  func joined(_ other: Shape) -> Shape {
    switch (self, other) {
    case _ where self == other: self
    case (.fields(let left, of: let what), .fields(let right, of: let also)):
      .fields(left + right.filter { !left.contains($0) }, of: Self.named(what, also))
    case (.data(let left, of: let what), .data(let right, of: let also)):
      .data(left + right.filter { !left.contains($0) }, of: Self.named(what, also))
    default: .unknown
    }
  }

  private static func named(_ left: String, _ right: String) -> String {
    " or \(left) or ".contains(" or \(right) or ") ? left : left + " or " + right
  }

  /// What stands under a name, or that nothing can stand there.
  enum Member: Equatable {
    case shape(Shape)
    /// Nothing is there; these are.
    case absent(names: [String], of: String)
  }

  /// What a value of this shape has under a written-out name.
  func member(_ name: String) -> Member {
    switch self {
    case .unknown, .hostCall: return .shape(.unknown)
    case .host: return .shape(.hostPart(name))
    case .hostPart(let part): return .shape(HostCallName(rawValue: part + "." + name).map { .hostCall($0) } ?? .unknown)
    case .fields(let schemas, of: let what): return Self.member(name, schemas, what)
    case .data(let values, of: let what): return Self.member(name, values, what)
    }
  }

  /// What a value of this shape has under a key that isn't known.
  var element: Shape {
    switch self {
    case .fields(let schemas, of: let what):
      let elements = schemas.compactMap(\.element)
      return elements.count == schemas.count ? .fields(elements, of: what) : .unknown
    case .data(let values, of: let what):
      let elements = values.flatMap { $0.array ?? $0.members?.map(\.value) ?? [] }
      return elements.isEmpty ? .unknown : .data(elements, of: what)
    case .unknown, .host, .hostPart, .hostCall: return .unknown
    }
  }

  private static let amountMethods = ["convert", "ratio", "shares"]

  private static func member(_ name: String, _ schemas: [FieldSchema], _ what: String) -> Member {
    var (found, names): ([FieldSchema], [String]) = ([], [])
    for schema in schemas {
      switch schema.value {
      case .record(let record):
        names += record.fields.map(\.name)
        found += record.fields.filter { $0.name.isSame(as: name) }.map(\.schema)
      case .amount:
        names += ["asset", "minor"] + Self.amountMethods
        if name == "asset" { found.append(FieldSchema(.string)) }
        if name == "minor" { found.append(FieldSchema(.integer(minimum: nil, maximum: nil))) }
        if Self.amountMethods.contains(name) { return .shape(.unknown) }
      case .map(let element): found.append(element)
      default: return .shape(.unknown)
      }
    }
    return found.isEmpty ? .absent(names: names, of: what) : .shape(.fields(found, of: "'\(name)' of \(what)"))
  }

  private static func member(_ name: String, _ values: [JSON], _ what: String) -> Member {
    let tables = values.compactMap(\.members)
    guard tables.count == values.count, tables.contains(where: { !$0.isEmpty }) else { return .shape(.unknown) }
    let found = tables.flatMap { $0.filter { $0.name.isSame(as: name) }.map(\.value) }
    if found.isEmpty { return .absent(names: tables.flatMap { $0.map(\.name) }, of: what) }
    if found.contains(where: { $0["$function"] != nil }) { return .shape(.unknown) }
    return .shape(.data(found, of: "'\(name)' of \(what)"))
  }
}

extension FieldSchema {
  /// What each element of a list or map is; nil for any other value.
  fileprivate var element: FieldSchema? {
    switch value {
    case .list(let element), .map(let element): element
    default: nil
    }
  }
}
