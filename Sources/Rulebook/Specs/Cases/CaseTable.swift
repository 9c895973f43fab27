internal import Core

/// Cases in comma-separated values (RFC 4180): a header with a name for each column, then a case a row.
///
/// A column is text, so that nothing that looks like money becomes a float, unless its header says otherwise:
/// `level:number`, `uses:integer`, `valid:boolean`. Names with dots make tables: `input.amount`. An empty cell is left
/// out; one with nothing in quotes is the empty text.
enum CaseTable {
  /// What the cells of a column are.
  enum Kind: String, CaseIterable {
    case text, integer, number, boolean

    /// A cell's value; nil when it is none of this kind.
    func value(_ cell: String) -> JSON? {
      switch self {
      case .text: .string(cell)
      case .boolean: ["true": true, "false": false][cell].map { .bool($0) }
      case .integer: Int64(cell).map { .integer($0) }
      case .number: (try? JSON(parsing: cell)).flatMap { $0.number == nil ? nil : $0 }
      }
    }
  }

  /// A column: the names that lead to its values, and what those are.
  struct Column {
    var names: [String]
    var kind: Kind
    var title: String { names.joined(separator: ".") }
  }

  /// The cases of the file at `path`, and one of its columns' names. Throws what is wrong with it, with its line.
  /// O(bytes · log columns).
  static func read(
    _ path: String, _ bytes: [UInt8]
  ) throws(RulebookError) -> (columns: JSON?, rows: [CaseFile.Row]) {
    var reader = CaseRecords(path: path, bytes: bytes)
    guard let header = try reader.next() else {
      throw RulebookError(.invalidCases, file: path, line: 1, "is empty; it begins with the names of its columns")
    }
    let columns = try columns(header, path)
    var rows: [CaseFile.Row] = []
    while let record = try reader.next() {
      if record.cells.count != columns.count {
        throw RulebookError(
          .invalidCases, file: path, line: record.line,
          "has \(record.cells.count) cells, and the header names \(columns.count) columns")
      }
      var values = JSON.Object()
      for (column, cell) in zip(columns, record.cells) where !cell.text.isEmpty || cell.isQuoted {
        guard let value = column.kind.value(cell.text) else {
          throw RulebookError(
            .invalidCases, file: path, line: record.line,
            "'\(column.title)' is '\(cell.text)', which is no \(column.kind.rawValue)")
        }
        values = values.setting(column.names[...], to: value)
      }
      rows.append((record.line, .object(values)))
    }
    let names = columns.reduce(JSON.Object()) { $0.setting($1.names[...], to: "") }
    return (.object(names), rows)
  }

  private static func columns(_ header: CaseRecords.Record, _ path: String) throws(RulebookError) -> [Column] {
    var columns: [Column] = []
    for cell in header.cells.map(\.text) {
      func refused(_ text: String) -> RulebookError {
        RulebookError(.invalidCases, file: path, line: header.line, text)
      }
      if header.cells.count == 1, cell.has(";") {
        throw refused("'\(cell)' is one cell; cells are separated by commas, not by ;")
      }
      let parts = cell.pieces(at: ":").map { String($0) }
      let names = (parts.first ?? "").pieces(at: ".").map { String($0) }
      if names.contains("") || parts.count > 2 {
        throw refused("'\(cell)' names no column; write a name, or name:number, name:integer, name:boolean")
      }
      let word = parts.count > 1 ? parts[1] : Kind.text.rawValue
      guard let kind = Kind(rawValue: word) else {
        let kinds = Kind.allCases.map(\.rawValue)
        throw refused("'\(cell)': a column is no '\(word)'" + NearestName.advice(for: word, in: kinds, or: "there are"))
      }
      if let other = columns.first(where: { names.starts(with: $0.names) || $0.names.starts(with: names) }) {
        throw refused(
          other.names == names
            ? "two columns are named '\(other.title)'" : "'\(cell)' and '\(other.title)' can't both be columns")
      }
      columns.append(Column(names: names, kind: kind))
    }
    return columns
  }
}

extension JSON.Object {
  /// The same with a value where these names lead to.
  fileprivate func setting(_ names: ArraySlice<String>, to value: JSON) -> JSON.Object {
    guard let name = names.first else { return self }
    var object = self
    let inner = names.dropFirst()
    if inner.isEmpty {
      object[name] = value
    } else {
      object[name] = .object((object[name]?.object ?? JSON.Object()).setting(inner, to: value))
    }
    return object
  }
}
