internal import Core

/// Finds what a rule asks of the host in a way that fails when its line runs.
struct HostMisuse {
  /// What is known of the values.
  let inference: ShapeInference

  private static let plain = ["now", "random"]

  /// Every such place. O(nodes).
  var findings: [SourceFinding] {
    var findings: [SourceFinding] = []
    for (file, content) in inference.source.files.enumerated() where !content.path.isForSpecs {
      for node in content.tree.nodes {
        guard let (offset, text) = trouble(node, inference.shapes[file], content.tree) else { continue }
        findings.append(SourceFinding(code: .hostMisuse, file: content, offset: offset, text: text))
      }
    }
    return findings
  }

  private func trouble(_ node: LuaTree.Node, _ shapes: [Shape], _ tree: LuaTree) -> (offset: Int, text: String)? {
    switch node.kind {
    case .index(let base, let key):
      guard let name = tree.text(of: key), let text = unknown(name, of: shapes[base]) else { return nil }
      return (tree.nodes[key].range.lowerBound, text)
    case .method(let receiver, let name, _):
      guard case .hostPart(let part) = shapes[receiver] else { return nil }
      return (node.range.lowerBound, "call it with a dot: host.\(part).\(name)(…)")
    case .call(let callee, _):
      guard case .hostPart("now") = shapes[callee] else { return nil }
      return (node.range.lowerBound, "host.now is a number: write it without ()")
    default: return nil
    }
  }

  /// What is wrong with a name behind the host or a part of it; nil when it has that.
  private func unknown(_ name: String, of shape: Shape) -> String? {
    let calls = HostCallName.allCases.map(\.rawValue)
    switch shape {
    case .host:
      let names = Set(calls.map { String($0.prefix { $0 != "." }) }).union(Self.plain).sorted()
      guard !names.contains(name) else { return nil }
      return "the host has no '\(name)'" + NearestName.advice(for: name, in: names)
    case .hostPart(let part):
      let names = calls.compactMap { $0.rest(behind: part + ".").map { String($0) } }
      guard !names.isEmpty, !names.contains(name) else { return nil }
      return "host.\(part) has no '\(name)'" + NearestName.advice(for: name, in: names)
    default: return nil
    }
  }
}
