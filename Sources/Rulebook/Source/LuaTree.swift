internal import Core

/// A Lua source as its expressions and statements, with the names resolved to the locals that they mean.
///
/// The nodes stand in one list, children before their parents, so that one pass in order sees every operand before the
/// operation, and nothing here recurses as deep as a source pleases.
struct LuaTree {
  /// The place of a node in ``LuaTree/nodes``.
  typealias Place = Int

  /// A literal of the source.
  enum Constant: Equatable {
    case null, boolean(Bool), number(String)
    /// A string; nil when it isn't UTF-8.
    case string(String?)
  }

  /// An expression or a statement.
  enum Kind: Equatable {
    case constant(Constant)
    case vararg
    /// A function, by its place in ``LuaTree/functions``.
    case function(Int)
    /// A name: of a local by its place in ``LuaTree/locals``, or of a global.
    case name(String, local: Int?)
    /// A member: `base.key` or `base[key]`
    case index(base: Place, key: Place)
    case call(callee: Place, arguments: [Place])
    case method(receiver: Place, name: String, arguments: [Place])
    case table([Entry])
    case binary(String, Place, Place)
    case unary(String, Place)
    case parentheses(Place)
    case local([Int], [Place])
    case assignment([Place], [Place])
    case callStatement(Place)
    case condition(Place)
    case loop
    case returning([Place])
    /// A statement that holds others, or moves to a place.
    case other
  }

  /// One entry of a table constructor; its key is nil where it is counted.
  struct Entry: Equatable {
    var key: Place?
    var value: Place
  }

  /// An expression or a statement.
  struct Node: Equatable {
    /// Which expression or statement it is.
    var kind: Kind
    /// Its bytes in the source.
    var range: Range<Int>
    /// The function it stands in, by its place in ``LuaTree/functions``; the first is the file's own.
    var function: Int
    /// Of a binary operation, the bytes of the operator; of a condition, those of the word before it: `if`.
    var mark: Range<Int> = 0..<0
  }

  /// Where a local has its value from.
  enum Origin: Equatable {
    case parameter(of: Int, position: Int)
    case value(Place)
    case function(Int)
    /// A `for` over what these expressions give; the first local of it has position 0.
    case loop([Place], position: Int)
    /// A numeric `for`, or nothing that can be told.
    case unknown
  }

  /// A local variable or parameter.
  struct Local: Equatable {
    /// What the source calls it.
    var name: String
    /// Where it has its value from.
    var origin: Origin
    /// Whether it is given another value later.
    var isReassigned = false
  }

  /// A function that the source defines.
  struct Function: Equatable {
    /// Its parameters as locals.
    var parameters: [Int]
    /// Its node; nil for the file's own.
    var place: Place?
  }

  /// A `for`, as its parts stand in the source.
  struct ForLoop: Equatable {
    /// From `for` to what it goes through.
    var head: Range<Int>
    /// What it goes through; of a numeric one, its last bound or its step.
    var through: Range<Int>
    /// Whether it counts from one number to another.
    var isNumeric: Bool
    /// Whether the source alone says that it has a round: it goes through a list that is written out.
    var isCertain: Bool
    /// Where its body begins.
    var body: Int
  }

  /// The nodes, children before parents.
  var nodes: [Node] = []
  /// The locals in the order in which they are declared.
  var locals: [Local] = []
  /// The functions in the order in which they begin; the first is the file's own.
  var functions: [Function] = []
  /// The `for` loops in the order in which they end.
  var loops: [ForLoop] = []
  /// What the file itself returns, when it ends by returning one value.
  var result: Place?
  private let starts: [Int]

  /// A tree without nodes of this source.
  init(emptyOf source: [UInt8]) { starts = LuaLines.of(source).map(\.startIndex) }

  /// The line and the column, both from 1, of a byte of the source; columns count bytes. O(log lines).
  func position(of offset: Int) -> (line: Int, column: Int) {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return (low + 1, offset - starts[low] + 1)
  }

  /// The text that a node is a literal of; nil when it is none.
  func text(of place: Place) -> String? {
    if case .constant(.string(let text)) = nodes[place].kind { text } else { nil }
  }

  /// The node without the parentheses around it.
  func bare(_ place: Place) -> Place {
    var place = place
    while case .parentheses(let inner) = nodes[place].kind { place = inner }
    return place
  }

  /// The name of the module that a node requires; nil when it is no `require` of a literal.
  func required(by place: Place) -> String? {
    guard case .call(let callee, let arguments) = nodes[place].kind, arguments.count == 1,
      case .name("require", local: nil) = nodes[callee].kind
    else { return nil }
    return text(of: arguments[0])
  }
}
