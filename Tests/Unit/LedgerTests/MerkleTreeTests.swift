internal import Core
internal import Ledger
internal import Testing

/// The tree against the definition of RFC 6962, section 2.1, written as it stands there.
struct MerkleTreeTests {
  /// The leaves that implementations of Certificate Transparency share, and the roots over the first so many of them.
  private static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
  ].map { Hexadecimal.bytes($0) ?? [] }
  private static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  /// MTH(D[n]).
  private static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    guard let first = leaves.first else { return Entry.hash([]) }
    if leaves.count == 1 { return Entry.hash([0] + first) }
    let middle = leaves.startIndex + split(leaves.count)
    return Entry.hash([1] + root(leaves[..<middle]) + root(leaves[middle...]))
  }

  /// PATH(m, D[n]).
  private static func path(_ index: Int, _ leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
    if leaves.count <= 1 { return [] }
    let middle = leaves.startIndex + split(leaves.count)
    return index < middle
      ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
      : path(index, leaves[middle...]) + [root(leaves[..<middle])]
  }

  private static func split(_ count: Int) -> Int {
    var split = 1
    while 2 * split < count { split *= 2 }
    return split
  }

  @Test func `the roots are those that other implementations have`() {
    var tree = MerkleFrontier()
    #expect(Hexadecimal.text(tree.root) == Self.roots[0])
    #expect(Hexadecimal.text(MerkleTree.emptyRoot) == Self.roots[0])
    for (leaf, root) in zip(Self.leaves, Self.roots.dropFirst()) {
      _ = tree.append(MerkleTree.leaf(leaf))
      #expect(Hexadecimal.text(tree.root) == root)
    }
  }

  @Test func `every root and every path is the one that the RFC defines, made of complete nodes alone`() throws {
    let leaves = (0..<70).map { Array("leaf \($0)".utf8) }
    var tree = MerkleFrontier()
    var nodes: [MerkleTree.Place: [UInt8]] = [:]
    for (number, leaf) in leaves.enumerated() {
      nodes[MerkleTree.Place(level: 0, index: Int64(number))] = MerkleTree.leaf(leaf)
      let completed = tree.append(MerkleTree.leaf(leaf))
      for level in 1..<8 {
        guard let node = completed.node(at: level) else { continue }
        let place = MerkleTree.Place(level: level, index: Int64(number + 1) >> Int64(level) - 1)
        #expect(place.sequence == tree.size)
        nodes[place] = node
      }
      let size = number + 1
      #expect(tree.root == Self.root(leaves[..<size]))
      for index in 0..<size {
        let spans = MerkleTree.path(of: Int64(index), in: Int64(size))
        let hashes = try spans.map { span in MerkleTree.root(over: try span.places.map { try #require(nodes[$0]) }) }
        #expect(hashes == Self.path(index, leaves[..<size]))
        let proof = InclusionProof(index: Int64(index), size: Int64(size), hashes: hashes)
        #expect(proof.root(of: MerkleTree.leaf(leaves[index])) == tree.root)
      }
    }
  }

  @Test func `a proof of another leaf, place or size, or of another length, leads to another root or to none`() {
    var tree = MerkleFrontier()
    for leaf in Self.leaves.prefix(7) { _ = tree.append(MerkleTree.leaf(leaf)) }
    let proof = InclusionProof(index: 4, size: 7, hashes: Self.path(4, Self.leaves.prefix(7)))
    let leaf = MerkleTree.leaf(Self.leaves[4])
    #expect(proof.root(of: leaf) == tree.root)
    #expect(proof.root(of: MerkleTree.leaf(Self.leaves[5])) != tree.root)
    for index in [-1, 7, .max] as [Int64] {
      #expect(InclusionProof(index: index, size: 7, hashes: proof.hashes).root(of: leaf) == nil)
    }
    #expect(InclusionProof(index: 5, size: 7, hashes: proof.hashes).root(of: leaf) != tree.root)
    #expect(InclusionProof(index: 4, size: 9, hashes: proof.hashes).root(of: leaf) == nil)
    #expect(InclusionProof(index: 4, size: 7, hashes: proof.hashes.dropLast()).root(of: leaf) == nil)
    #expect(InclusionProof(index: 0, size: 1, hashes: []).root(of: leaf) == leaf)
  }

  @Test func `a frontier is read back from its bytes, and from no others`() throws {
    var tree = MerkleFrontier()
    #expect(MerkleFrontier([]) == tree)
    for number in 0..<40 {
      #expect(MerkleFrontier(tree.bytes) == tree)
      #expect(MerkleFrontier(Array(tree.bytes.dropLast())) == nil)
      #expect(MerkleFrontier(tree.bytes + [UInt8](repeating: 0, count: 32)) == nil)
      _ = tree.append(MerkleTree.leaf([UInt8(number)]))
    }
    #expect(MerkleFrontier([0x80] + [UInt8](repeating: 0, count: 7)) == nil)
  }

  @Test func `what a proof needs of a large tree is little`() {
    let size = Int64(1) << 40 + 12_345
    for index in [0, 1, 1 << 39, size - 1] as [Int64] {
      let places = MerkleTree.path(of: index, in: size).flatMap(\.places)
      #expect(places.count <= 80)
      #expect(places.allSatisfy { $0.sequence <= size })
    }
  }
}
