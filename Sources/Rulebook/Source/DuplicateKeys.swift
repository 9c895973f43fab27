internal import Core

/// Finds keys that one table constructor sets twice: the first value is lost.
struct DuplicateKeys {
  /// The sources that are searched.
  let source: RulebookSource

  /// Every key that was set before. O(nodes).
  var findings: [SourceFinding] {
    source.files.flatMap { file in
      file.tree.nodes.flatMap { node -> [SourceFinding] in
        guard case .table(let entries) = node.kind else { return [] }
        var seen: [String: Int] = [:]
        return entries.compactMap { entry in
          guard let place = entry.key, let (key, shown) = Self.key(file.tree.nodes[place].kind) else { return nil }
          let offset = file.tree.nodes[place].range.lowerBound
          guard let first = seen.updateValue(offset, forKey: key) else { return nil }
          let line = file.tree.position(of: first).line
          return SourceFinding(
            code: .duplicateKey, file: file, offset: offset,
            text: "the key \(shown) was set already in line \(line), and that value is lost; take one of them out")
        }
      }
    }
  }

  private static func key(_ kind: LuaTree.Kind) -> (key: String, shown: String)? {
    switch kind {
    case .constant(.string(let text?)): ("s" + text, "'\(text)'")
    case .constant(.number(let text)): ("n" + text, text)
    case .constant(.boolean(let value)): ("b\(value)", "\(value)")
    default: nil
    }
  }
}
