internal import Core
package import Tokens

/// What every store of keys must do.
package enum KeyConformance {
  /// All cases.
  package static let cases: [StoreCase<any KeyStore>] = [
    StoreCase("a document that was changed is read back, and others stay as they are") { store in
      for document in KeyDocument.allCases {
        try expect(store.read(document), nil)
        try expect(store.version(of: document), nil)
      }
      try store.change(.ring) { (before) throws(TokenError) in
        guard before == nil else { throw TokenError("there was \(before ?? [])") }
        return [1, 2, 3]
      }
      try expect(store.read(.ring), [1, 2, 3])
      for document in KeyDocument.allCases where document != .ring { try expect(store.read(document), nil) }
      try store.change(.ring) { ($0 ?? []) + [4] }
      try expect(store.read(.ring), [1, 2, 3, 4])
      try store.change(.ring) { _ in [] }
      try expect(store.read(.ring), [])
    },
    StoreCase("a change that throws, or returns nothing, changes nothing") { store in
      try store.change(.enrolled) { _ in [1] }
      let version = store.version(of: .enrolled)
      try store.change(.enrolled) { _ in nil }
      do {
        try store.change(.enrolled) { _ throws(TokenError) in throw TokenError("no") }
        throw BrokenPromise(description: "the error of a change was lost")
      } catch let error as TokenError {
        try expect(error.reason, "no")
      }
      try expect(store.read(.enrolled), [1])
      try expect(store.version(of: .enrolled), version)
    },
    StoreCase("each change, and each addition, makes another version of its document alone") { store in
      try store.change(.ring) { _ in [1] }
      let ring = store.version(of: .ring)
      var seen: Set<KeyVersion?> = [store.version(of: .revoked)]
      for number in 0..<3 {
        try store.append([UInt8(number)], to: .revoked)
        try expect(seen.insert(store.version(of: .revoked)).inserted, true)
      }
      try store.change(.revoked) { _ in [9] }
      try expect(seen.insert(store.version(of: .revoked)).inserted, true)
      try expect(store.version(of: .ring), ring)
    },
    StoreCase("what is added comes to the end, also of a document that wasn't there") { store in
      try store.append(Array("a\n".utf8), to: .revoked)
      try store.append(Array("b\n".utf8), to: .revoked)
      try expect(store.read(.revoked), Array("a\nb\n".utf8))
      try store.change(.revoked) { bytes in bytes.map { Array($0.dropFirst(2)) } }
      try store.append(Array("c\n".utf8), to: .revoked)
      try expect(store.read(.revoked), Array("b\nc\n".utf8))
    },
    StoreCase("of changes and additions at once none is lost") { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<10 {
          group.addTask { try store.change(.checkpoints) { ($0 ?? []) + [UInt8(number)] } }
          group.addTask { try store.append([UInt8(number)], to: .revoked) }
        }
        try await group.waitForAll()
      }
      try expect(store.read(.checkpoints)?.sorted(), Array(0..<10))
      try expect(store.read(.revoked)?.sorted(), Array(0..<10))
    },
    StoreCase("the issuer's name is kept") { store in
      try expect(store.issuer(), nil)
      try store.keep(issuer: "https://a.example")
      try store.keep(issuer: "https://b.example/ü")
      try expect(store.issuer(), "https://b.example/ü")
    },
  ]
}
