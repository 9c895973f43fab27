internal import Core
internal import Rulebook

// What a client is shown where the run stands.
extension DebugAdapter {
  // MARK: Sources

  /// A file of the stored rulebook, whose text is asked for by its reference.
  func source(_ file: String) -> JSON {
    let name = file.pieces(at: "/").last.map { String($0) } ?? file
    let reference = (files.firstIndex { $0.isSame(as: file) } ?? -1) + 1
    return [
      "name": .string(name), "path": .string(file), "sourceReference": .integer(Int64(reference)),
      "origin": "the stored rulebook",
    ]
  }

  /// The file that a client means: by its reference, or by a path that ends in it; nil for none of the rulebook's.
  func file(_ source: JSON?) -> String? {
    if let reference = source?["sourceReference"]?.integer, files.indices.contains(Int(clamping: reference) - 1) {
      return files[Int(clamping: reference) - 1]
    }
    guard let path = source?["path"]?.string else { return nil }
    return files.first { $0.isSame(as: path) || path.ends(with: "/" + $0) }
  }

  /// The text of a file.
  func content(_ arguments: JSON) throws(Refusal) -> JSON {
    let asked: JSON = ["sourceReference": arguments["sourceReference"] ?? 0]
    guard let file = file(asked) ?? file(arguments["source"]), let bytes = rulebook.snapshot.files[ExactText(file)]
    else { throw Refusal(message: "the rulebook has no such file") }
    return ["content": .string(String(decoding: bytes, as: UTF8.self)), "mimeType": "text/x-lua"]
  }

  // MARK: Frames

  private mutating func currentFrames() throws(Refusal) -> [DebugFrame] {
    if let frames { return frames }
    do throws(HistoryReason) {
      let found = try session.frames()
      frames = found
      return found
    } catch {
      throw Refusal(message: error.text)
    }
  }

  /// The functions that run, the innermost first, and before them the call of the host.
  mutating func stackTrace(_ arguments: JSON) throws(Refusal) -> JSON {
    var list: [JSON] = []
    if let call = session.stop.call {
      list.append([
        "id": 1, "name": .string("host." + call.name), "line": 0, "column": 0, "presentationHint": "subtle",
      ])
    }
    for (place, frame) in try currentFrames().enumerated() {
      list.append([
        "id": .integer(Int64(place + 2)), "name": .string(frame.name), "line": .integer(Int64(frame.line)),
        "column": 1, "source": source(frame.file),
      ])
    }
    let start = max(0, Int(clamping: arguments["startFrame"]?.integer ?? 0))
    let levels = Int(clamping: arguments["levels"]?.integer ?? 0)
    let rest = list.dropFirst(start)
    return [
      "stackFrames": .array(Array(levels > 0 ? rest.prefix(levels) : rest)),
      "totalFrames": .integer(Int64(list.count)),
    ]
  }

  /// The place of a frame among those of rules; nil for the call of the host. Throws for a frame that isn't there.
  private mutating func frame(_ id: JSON?) throws(Refusal) -> Int? {
    if id == 1, session.stop.call != nil { return nil }
    let place = Int(clamping: (id?.integer ?? 2) - 2)
    guard try currentFrames().indices.contains(place) else { throw Refusal(message: "there is no such frame") }
    return place
  }

  /// What a frame knows: its locals, what it uses from around it, and the input.
  mutating func scopes(_ arguments: JSON) throws(Refusal) -> JSON {
    var scopes: [JSON] = []
    if let place = try frame(arguments["frameId"]) {
      let frame = try currentFrames()[place]
      scopes.append(scope("Locals", "locals", frame.locals))
      scopes.append(scope("Upvalues", "locals", frame.upvalues))
      scopes.append(scope("Input", "arguments", DebugValue("input", json: record.input).children))
      inputs[shown.count] = []
    } else if let call = session.stop.call {
      func parsed(_ name: String, _ text: String) -> DebugValue {
        let json = try? JSON(parsing: Array(text.utf8), limits: RecordLimits.parsing)
        return DebugValue(name, json: text.isEmpty ? "failed" : json ?? .string(text))
      }
      scopes.append(
        scope("Call", "arguments", [parsed("arguments", call.arguments), parsed("answer", call.answer)]))
    }
    return ["scopes": .array(scopes)]
  }

  private mutating func scope(_ name: String, _ hint: String, _ values: [DebugValue]) -> JSON {
    [
      "name": .string(name), "presentationHint": .string(hint),
      "variablesReference": reference(values, evenIfEmpty: true),
      "namedVariables": .integer(Int64(values.count)), "expensive": false,
    ]
  }

  /// A reference to values, 0 for none.
  private mutating func reference(_ values: [DebugValue], evenIfEmpty: Bool = false) -> JSON {
    if values.isEmpty, !evenIfEmpty { return 0 }
    shown.append(values)
    return .integer(Int64(shown.count))
  }

  /// What a reference stands for.
  mutating func variables(_ arguments: JSON) throws(Refusal) -> JSON {
    let place = Int(clamping: arguments["variablesReference"]?.integer ?? 0) - 1
    guard shown.indices.contains(place) else { throw Refusal(message: "there are no such variables here any more") }
    let start = max(0, Int(clamping: arguments["start"]?.integer ?? 0))
    let count = Int(clamping: arguments["count"]?.integer ?? 0)
    let rest = shown[place].dropFirst(start)
    var list: [JSON] = []
    for value in count > 0 ? rest.prefix(count) : rest {
      let below = reference(value.children)
      if let path = inputs[place + 1], !value.children.isEmpty { inputs[shown.count] = path + [value.name] }
      list.append(["name": .string(value.name), "value": .string(value.text), "variablesReference": below])
    }
    return ["variables": .array(list)]
  }

  /// Changes a value of the input, as JSON: the run begins anew with it and is a "what if" from then on. What a rule
  /// computed follows from the input, and isn't changed by itself.
  mutating func setVariable(_ arguments: JSON) throws(Refusal) -> (JSON?, [Event]) {
    guard let path = inputs[Int(clamping: arguments["variablesReference"]?.integer ?? 0)] else {
      throw Refusal(message: "only a value of the input can be changed: what a rule computed follows from that")
    }
    let (name, text) = (arguments["name"]?.string ?? "", arguments["value"]?.string ?? "")
    if text.utf8.count > DebugLimits.expressionBytes {
      throw Refusal(message: "a value has at most \(DebugLimits.expressionBytes) bytes")
    }
    guard let value = try? JSON(parsing: Array(text.utf8), limits: RecordLimits.parsing) else {
      throw Refusal(message: "'\(VisibleText.line(text))' is no JSON, such as 5, true or \"a text\"")
    }
    guard let input = record.input.replacing((path + [name])[...], with: value) else {
      throw Refusal(message: "the input has no '\(VisibleText.line(name))' there")
    }
    do throws(HistoryReason) { try session.ask(input) } catch { throw Refusal(message: error.text) }
    forgetWhatIsShown()
    let place = (path + [name]).map { $0.begins(with: "[") ? $0 : "." + $0 }.joined()
    let said = "what if: input\(place) = \(value.text); the run begins anew, and isn't the recorded one any more\n"
    let body: JSON = ["value": .string(DebugValue(name, json: value).text), "variablesReference": 0]
    return (body, [("output", ["category": "console", "output": .string(said)]), stopped(.entry)])
  }

  /// What an expression comes to; nothing is called or changed.
  mutating func evaluate(_ arguments: JSON) throws(Refusal) -> JSON {
    guard let expression = arguments["expression"]?.string, !String(expression.trimmed).isEmpty else {
      throw Refusal(message: "there is no expression")
    }
    guard let place = try frame(arguments["frameId"]) else {
      throw Refusal(message: "in a call of the host there is nothing to evaluate; choose a frame of a rule")
    }
    let answer: DebugAnswer
    do throws(HistoryReason) {
      answer = try session.evaluate(expression, inFrame: place)
    } catch {
      throw Refusal(message: error.text)
    }
    switch answer {
    case .refused(let why): throw Refusal(message: why)
    case .value(let value):
      return ["result": .string(value.text), "variablesReference": reference(value.children)]
    }
  }
}

extension JSON {
  /// The same with another value where these names lead, as a debugger shows them: members, and `[1]` for the first
  /// element; nil when nothing is there.
  fileprivate func replacing(_ path: ArraySlice<String>, with value: JSON) -> JSON? {
    guard let name = path.first else { return value }
    switch self {
    case .object(var object):
      guard let next = self[name]?.replacing(path.dropFirst(), with: value) else { return nil }
      object[name] = next
      return .object(object)
    case .array(var elements):
      guard let place = elements.indices.first(where: { "[\($0 + 1)]" == name }),
        let next = elements[place].replacing(path.dropFirst(), with: value)
      else { return nil }
      elements[place] = next
      return .array(elements)
    default: return nil
    }
  }
}

/// What the debugger offers, as `initialize` answers it.
enum DebugCapabilities {
  static let json: JSON = [
    "supportsConfigurationDoneRequest": true, "supportsConditionalBreakpoints": true,
    "supportsHitConditionalBreakpoints": true, "supportsLogPoints": true, "supportsStepBack": true,
    "supportsEvaluateForHovers": true, "supportsSetVariable": true, "supportsLoadedSourcesRequest": true,
    "supportsTerminateRequest": true, "supportsExceptionFilterOptions": true,
    "exceptionBreakpointFilters": [
      filter("host", "A host call", "which call: ledger.balance"),
      filter("refusal", "A refusal or a failure", nil),
      filter("read", "The first line that reads a field", "which field: amount.minor"),
    ],
  ]

  private static func filter(_ name: String, _ label: String, _ condition: String?) -> JSON {
    var object = JSON.Object([
      ("filter", .string(name)), ("label", .string(label)), ("default", false),
      ("supportsCondition", .bool(condition != nil)),
    ])
    object["conditionDescription"] = condition.map { .string($0) }
    return .object(object)
  }
}
