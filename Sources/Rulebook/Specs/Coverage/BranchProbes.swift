internal import Core
internal import LuaRuntime

/// A source in which every branch is counted: calls of the machine's words stand around conditions and loops, each on
/// the line of what it counts, so that lines and messages stay what they are.
struct BranchProbes {
  /// The branches, in the order of their numbers.
  private(set) var branches: [Branch] = []

  private struct Insertion {
    var offset: Int
    /// Of several at one place the lower comes first.
    var order: Int
    var text: String
  }

  private let source: [UInt8]
  private let tree: LuaTree
  private let first: Int
  private var insertions: [Insertion] = []

  /// The source with its branches counted by numbers from `first` on; nil when it has none, can't be read, or says the
  /// machine's words itself. O(bytes + nodes · log nodes).
  static func counting(_ source: [UInt8], from first: Int) -> (source: [UInt8], branches: [Branch])? {
    guard let tree = try? LuaParser.parse(source) else { return nil }
    let words = [VirtualMachine.BranchWord.condition, VirtualMachine.BranchWord.loop, VirtualMachine.BranchWord.round]
    for case .name(let name, local: _) in tree.nodes.map(\.kind) where words.contains(name) { return nil }
    var probes = BranchProbes(source: source, tree: tree, first: first)
    for place in tree.nodes.indices { probes.count(place) }
    for loop in tree.loops where !loop.isCertain { probes.count(loop) }
    return probes.branches.isEmpty ? nil : (probes.written, probes.branches)
  }

  private init(source: [UInt8], tree: LuaTree, first: Int) {
    (self.source, self.tree, self.first) = (source, tree, first)
  }

  private mutating func count(_ place: Int) {
    let node = tree.nodes[place]
    switch node.kind {
    case .condition(let condition):
      let word = String(decoding: source[node.mark], as: UTF8.self)
      if let kind = Branch.Kind(rawValue: word) { count(condition, as: kind, order: place) }
    case .binary(let sign, let left, _):
      if let kind = Branch.Kind(rawValue: sign) { count(left, as: kind, order: place) }
    default: break
    }
  }

  /// Counts which way an expression goes that the node at `order` asks; a constant goes one way only.
  private mutating func count(_ place: Int, as kind: Branch.Kind, order: Int) {
    if case .constant = tree.nodes[tree.bare(place)].kind { return }
    let range = tree.nodes[place].range
    let number = add(kind, range)
    // What is around opens first and closes last: it comes later among the nodes.
    insert("\(VirtualMachine.BranchWord.condition)(\(number),(", at: range.lowerBound, order: -order)
    insert("))", at: range.upperBound, order: order)
  }

  private mutating func count(_ loop: LuaTree.ForLoop) {
    let number = add(.for, loop.head)
    let (start, end) = loop.isNumeric ? ("(", ")") : ("", "")
    let outermost = tree.nodes.count
    insert("\(VirtualMachine.BranchWord.loop)(\(number),\(start)", at: loop.through.lowerBound, order: -outermost)
    insert("\(end))", at: loop.through.upperBound, order: outermost)
    insert(" \(VirtualMachine.BranchWord.round)(\(number));", at: loop.body, order: 0)
  }

  private mutating func add(_ kind: Branch.Kind, _ range: Range<Int>) -> Int {
    let position = tree.position(of: range.lowerBound)
    let text = String(decoding: source[range], as: UTF8.self).unicodeScalars
      .split { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }.map { String($0) }.joined(separator: " ")
    branches.append(Branch(kind: kind, line: position.line, column: position.column, text: text))
    return first + branches.count - 1
  }

  private mutating func insert(_ text: String, at offset: Int, order: Int) {
    insertions.append(Insertion(offset: offset, order: order, text: text))
  }

  private var written: [UInt8] {
    var (out, place): ([UInt8], Int) = ([], 0)
    for insertion in insertions.sorted(by: { ($0.offset, $0.order) < ($1.offset, $1.order) }) {
      out += source[place..<insertion.offset]
      out += Array(insertion.text.utf8)
      place = insertion.offset
    }
    return out + source[place...]
  }
}
