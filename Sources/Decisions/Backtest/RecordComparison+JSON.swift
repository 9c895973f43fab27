package import Core

extension RecordComparison {
  /// One record of a report as a line of its own:
  /// `{"record","point","class","reason","file","line","input","before","after"}`. O(size · names).
  package func line(_ question: RecordedQuestion, _ names: inout SubjectNames) -> JSON {
    var object = JSON.Object([
      (name: "record", value: .string(record.description)), (name: "point", value: .string(point)),
      (name: "class", value: .string(kind.rawValue)),
    ])
    object["reason"] = reason.map { names.shown(.string($0)) }
    object["file"] = parting.map { .string($0.file) }
    object["line"] = parting.map { .integer(Int64($0.line)) }
    object.append("input", names.shown(question.record.input))
    object["before"] = before.map { names.shown($0.json) }
    object["after"] = after.map { names.shown($0.json) }
    return .object(object)
  }
}
