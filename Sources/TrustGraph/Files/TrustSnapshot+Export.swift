extension TrustSnapshot {
  /// The graph as GraphML; an unrecorded trust has no `trust`. O(n + m).
  package var graphML: String {
    var out = """
      <?xml version="1.0" encoding="UTF-8"?>
      <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
      <key id="name" for="node" attr.name="name" attr.type="string"/>
      <key id="trust" for="edge" attr.name="trust" attr.type="double"/>
      <key id="strength" for="edge" attr.name="strength" attr.type="double"/>
      <graph edgedefault="undirected">

      """
    for node in 0..<nodeCount {
      out += "<node id=\"n\(node)\"><data key=\"name\">\(Self.escaped(name(of: node)))</data></node>\n"
    }
    forEachEdge { source, link in
      out += "<edge source=\"n\(source)\" target=\"n\(link.neighbour)\">"
      if !link.trust.isNaN { out += "<data key=\"trust\">\(link.trust)</data>" }
      out += "<data key=\"strength\">\(link.strength)</data></edge>\n"
    }
    return out + "</graph>\n</graphml>\n"
  }

  /// The graph as GEXF 1.3; an edge's weight is its trust, left out when unrecorded. O(n + m).
  package var gexf: String {
    var out = """
      <?xml version="1.0" encoding="UTF-8"?>
      <gexf xmlns="http://gexf.net/1.3" version="1.3">
      <graph defaultedgetype="undirected">
      <nodes>

      """
    for node in 0..<nodeCount { out += "<node id=\"\(node)\" label=\"\(Self.escaped(name(of: node)))\"/>\n" }
    out += "</nodes>\n<edges>\n"
    var count = 0
    forEachEdge { source, link in
      let weight = link.trust.isNaN ? "" : " weight=\"\(link.trust)\""
      out += "<edge id=\"\(count)\" source=\"\(source)\" target=\"\(link.neighbour)\"\(weight)/>\n"
      count += 1
    }
    return out + "</edges>\n</graph>\n</gexf>\n"
  }

  private func forEachEdge(_ body: (Int, Link) -> Void) {
    for node in 0..<nodeCount {
      for link in row(node) where link.neighbour > node { body(node, link) }
    }
  }

  /// Text for XML 1.0; a character it can't hold becomes U+FFFD.
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
