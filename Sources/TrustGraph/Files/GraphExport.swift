internal import Core

/// A graph as text for other programs, produced piece by piece on demand.
package struct GraphExport: Sequence, IteratorProtocol, Sendable {
  /// The format of the text.
  package enum Format: String, CaseIterable, Sendable {
    /// GraphML 1.0 (graphml.graphdrawing.org): networkx, igraph, yEd, Cytoscape.
    case graphml
    /// GEXF 1.3 (gexf.net): Gephi, networkx. An edge's weight is its trust.
    case gexf
    /// The columns of ``RelationshipTable``, which reads them back; a citizen without a relationship appears as a loop.
    case csv
  }

  /// The fewest bytes of a piece, except the last.
  static let pieceBytes = 1 << 16

  private let snapshot: TrustSnapshot
  private let format: Format
  /// The current step: the header, each node, the separator, the edges of each node, the footer.
  private var step = 0
  /// The number of written links of the current node.
  private var place = 0
  private var edges = 0

  /// Exports `snapshot` in `format`; omits a trust that isn't recorded.
  package init(_ snapshot: TrustSnapshot, as format: Format) {
    self.snapshot = snapshot
    self.format = format
  }

  /// The whole text. O(n + m).
  package var text: String { reduce(into: "") { $0 += $1 } }

  /// The next piece; nil at the end. O(piece), O(n + m) for all.
  package mutating func next() -> String? {
    let count = snapshot.nodeCount
    var piece = ""
    while piece.utf8.count < Self.pieceBytes, step <= 2 * count + 2 {
      switch step {
      case 0: piece += header
      case count + 1: piece += middle
      case 2 * count + 2: piece += footer
      case ...count: piece += text(ofNode: step - 1)
      default:
        putEdges(of: step - count - 2, into: &piece)
        continue
      }
      step += 1
    }
    return piece.isEmpty ? nil : piece
  }

  /// Writes a node's edges to higher-numbered nodes until the piece is full or the row ends; then moves to the next
  /// step.
  private mutating func putEdges(of node: Int, into piece: inout String) {
    let row = snapshot.row(node)
    while place < row.count, piece.utf8.count < Self.pieceBytes {
      let link = row[row.startIndex + place]
      place += 1
      guard link.neighbour > node else { continue }
      piece += text(ofEdge: edges, from: node, link)
      edges += 1
    }
    guard place == row.count else { return }
    step += 1
    place = 0
  }

  private var header: String {
    switch format {
    case .graphml:
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
      <key id="name" for="node" attr.name="name" attr.type="string"/>
      <key id="trust" for="edge" attr.name="trust" attr.type="double"/>
      <key id="strength" for="edge" attr.name="strength" attr.type="double"/>
      <key id="last" for="edge" attr.name="lastInteraction" attr.type="string"/>
      <graph edgedefault="undirected">

      """
    case .gexf:
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <gexf xmlns="http://gexf.net/1.3" version="1.3">
      <graph defaultedgetype="undirected">
      <attributes class="edge">
      <attribute id="strength" title="strength" type="double"/>
      <attribute id="last" title="lastInteraction" type="string"/>
      </attributes>
      <nodes>

      """
    case .csv: RelationshipTable.columns.joined(separator: ",") + "\n"
    }
  }

  private var middle: String { format == .gexf ? "</nodes>\n<edges>\n" : "" }

  private var footer: String {
    switch format {
    case .graphml: "</graph>\n</graphml>\n"
    case .gexf: "</edges>\n</graph>\n</gexf>\n"
    case .csv: ""
    }
  }

  private func text(ofNode node: Int) -> String {
    let name = snapshot.name(of: node)
    switch format {
    case .graphml: return "<node id=\"n\(node)\"><data key=\"name\">\(Self.escaped(name))</data></node>\n"
    case .gexf: return "<node id=\"\(node)\" label=\"\(Self.escaped(name))\"/>\n"
    case .csv:
      let field = CommaSeparatedText.field(name)
      return snapshot.degree(of: node) == 0 ? "\(field),\(field),,,\n" : ""
    }
  }

  private func text(ofEdge edge: Int, from source: Int, _ link: Link) -> String {
    let last = snapshot.moment(of: link)
    switch format {
    case .graphml:
      var text = "<edge source=\"n\(source)\" target=\"n\(link.neighbour)\">"
      if !link.trust.isNaN { text += "<data key=\"trust\">\(link.trust)</data>" }
      text += "<data key=\"strength\">\(link.strength)</data>"
      if !last.isEmpty { text += "<data key=\"last\">\(Self.escaped(last))</data>" }
      return text + "</edge>\n"
    case .gexf:
      var text = "<edge id=\"\(edge)\" source=\"\(source)\" target=\"\(link.neighbour)\""
      if !link.trust.isNaN { text += " weight=\"\(link.trust)\"" }
      text += "><attvalues><attvalue for=\"strength\" value=\"\(link.strength)\"/>"
      if !last.isEmpty { text += "<attvalue for=\"last\" value=\"\(Self.escaped(last))\"/>" }
      return text + "</attvalues></edge>\n"
    case .csv:
      let trust = link.trust.isNaN ? "" : "\(link.trust)"
      let names = [snapshot.name(of: source), snapshot.name(of: link.neighbour)].map(CommaSeparatedText.field)
      return "\(names[0]),\(names[1]),\(trust),\(link.strength),\(CommaSeparatedText.field(last))\n"
    }
  }

  /// Escapes text for XML 1.0; a character that XML can't contain becomes U+FFFD.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { out, scalar in
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\t", "\n", "\r": out += "&#\(scalar.value);"
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
  }
}
