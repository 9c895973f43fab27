internal import Core

/// A table of cases that specs read with `cases`: a `.csv` or `.json` beside them, in `plugins/NAME/spec/`.
///
/// It is read with the rulebook, so that one that can't be read keeps the rulebook from loading, by file and line.
struct CaseFile: Sendable {
  /// The path relative to the rulebook.
  let path: String
  /// The cases; of a table one more in front, whose names are the columns.
  let rows: [JSON]
  /// What `cases` is answered: `{"ok":true,"file","lines":[…],"rows":[…]}`.
  let answer: [UInt8]

  /// One case: where it begins, and its values by name.
  typealias Row = (line: Int, values: JSON)

  /// Reads the file at `path`. Throws what is wrong with it, with its line. O(bytes · log columns).
  init(path: String, bytes: [UInt8], limits: RulebookLimits = RulebookLimits()) throws(RulebookError) {
    let isTable = path.ends(with: ".csv")
    let (columns, rows) = isTable ? try CaseTable.read(path, bytes) : (nil, try CaseList.rows(path, bytes))
    if rows.isEmpty {
      throw RulebookError(.invalidCases, file: path, line: 1, "holds no case; write one, or delete the file")
    }
    if rows.count > limits.cases {
      throw RulebookError(
        .tooLarge, file: path, line: rows[limits.cases].line, "over \(limits.cases) cases; split the file")
    }
    let answer: JSON = [
      "ok": true, "file": .string(path), "lines": .array(rows.map { .integer(Int64($0.line)) }),
      "rows": .array(rows.map(\.values)),
    ]
    self.path = path
    self.rows = [columns].compactMap(\.self) + rows.map(\.values)
    self.answer = answer.bytes
    if self.answer.count > limits.casesBytes {
      throw RulebookError(
        .tooLarge, file: path, line: 1,
        "over \(limits.casesBytes >> 10) KiB with the names in each case; split the file, or shorten its names")
    }
  }

  /// The file at `path` of a rulebook; as it was read for `previous` where it is the same. O(bytes).
  static func read(
    _ path: String, _ snapshot: RulebookSnapshot, _ previous: CheckedRulebook?
  ) throws(RulebookError) -> CaseFile {
    let name = ExactText(path)
    if let known = previous?.cases[name], previous?.snapshot.files[name] == snapshot.files[name] { return known }
    return try CaseFile(path: path, bytes: snapshot.files[name] ?? [])
  }
}

extension CheckedRulebook {
  /// The cases that a file of specs calls `name`: a file beside it, or in a folder there. Throws what to do when there
  /// is none. O(files).
  func cases(named name: String, for file: RulebookPath) throws(RulebookError) -> CaseFile {
    let folder = file.folderPath
    if let found = cases[ExactText(folder + name)] { return found }
    let beside = cases.keys.sorted().compactMap { $0.text.rest(behind: folder).map { String($0) } }
    let advice =
      beside.isEmpty
      ? "; write it, as .csv or .json" : NearestName.advice(for: name, in: beside, or: "there are")
    throw RulebookError(.invalidCases, message: "cases: there is no '\(name)' in \(folder)" + advice)
  }
}
