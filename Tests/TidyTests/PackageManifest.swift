import FoundationEssentials

/// What Package.swift says of the targets: the one place where their graph stands.
struct PackageManifest {
  /// One target of the package.
  struct Target: Equatable {
    var name: String
    /// `target`, `executableTarget`, `testTarget` or `systemLibrary`.
    var kind: String
    /// Its folder in the checkout.
    var path: String
    /// The targets of ours that it depends on, as they stand there.
    var targets: [String] = []
    /// The modules of other packages that it depends on.
    var products: [String] = []
    /// The comment above it, on one line.
    var comment = ""
  }

  /// The targets in their order.
  let targets: [Target]

  /// Reads the text of a Package.swift. Targets stand four columns in, each with its comment above it.
  init(_ text: String) {
    var targets: [Target] = []
    var comment: [Substring] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if let match = line.firstMatch(of: /^    \/\/ (.*)$/) {
        comment.append(match.output.1)
      } else if let match = line.firstMatch(of: /^    \.(target|executableTarget|testTarget|systemLibrary)\(/) {
        let body = Self.balanced(lines[index...].joined(separator: "\n"))
        if let target = Self.target(String(match.output.1), body, comment.joined(separator: " ")) {
          targets.append(target)
        }
        comment = []
      } else if !line.hasPrefix("      ") {
        comment = []
      }
    }
    self.targets = targets
  }

  /// The target whose folder a file is in.
  func target(of file: String) -> Target? {
    targets.filter { file.hasPrefix($0.path + "/") }.max { $0.path.count < $1.path.count }
  }

  /// The target of this name.
  func target(named name: String) -> Target? { targets.first { $0.name == name } }

  /// All that a target depends on, directly or not.
  func closure(of name: String) -> Set<String> {
    var found: Set<String> = []
    var open = [name]
    while let next = open.popLast() {
      for dependency in target(named: next)?.targets ?? [] where found.insert(dependency).inserted {
        open.append(dependency)
      }
    }
    return found
  }

  private static func target(_ kind: String, _ body: Substring, _ comment: String) -> Target? {
    guard let name = body.firstMatch(of: /name: "(\w+)"/)?.output.1 else { return nil }
    let path = body.firstMatch(of: /path: "([^"]+)"/)?.output.1
    var target = Target(
      name: String(name), kind: kind,
      path: path.map(String.init) ?? (kind == "testTarget" ? "Tests/" : "Sources/") + name, comment: comment)
    if let start = body.firstRange(of: "dependencies: [") {
      let list = balanced(String(body[start.upperBound...]), opening: "[", closing: "]", depth: 1)
      target.products = list.matches(of: /\.product\(name: "(\w+)"/).map { String($0.output.1) }
      target.targets = list.replacing(/\.product\([^)]*\)/, with: "").matches(of: /"(\w+)"/).map {
        String($0.output.1)
      }
    }
    return target
  }

  /// The text up to where the bracket closes that its first one, or one before it, has opened.
  private static func balanced(
    _ text: String, opening: Character = "(", closing: Character = ")", depth: Int = 0
  ) -> Substring {
    var depth = depth
    for index in text.indices {
      if text[index] == opening { depth += 1 }
      if text[index] == closing {
        depth -= 1
        if depth == 0 { return text[...index] }
      }
    }
    return text[...]
  }
}
