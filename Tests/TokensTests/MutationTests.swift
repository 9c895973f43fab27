import Core
import Cryptography
import Foundation
import Testing
import Tokens

/// Small changes to well-made tokens and keys: nothing crashes, and no changed token holds but a twin.
struct MutationTests {
  @Test func `changed tokens and keys are refused and never crash`() throws {
    let seed = SecureRandom.word()
    print("mutation seed \(seed)")
    var generator = SplitMix(state: seed)
    let keys = try [SignatureAlgorithm.es256, .edDSA].map { JSONWebKey(try SigningKey.generate($0)) }
    let set = try JSONWebKeySet(keys)
    for key in keys {
      let token = Array(try TokenSigner.token("JWT", payload: Array(#"{"exp":9999999999}"#.utf8), key: key).utf8)
      let text = Array(#"{"keys":[\#(Forge.jwk(key))]}"#.utf8)
      for _ in 0..<Self.rounds {
        let changed = mutated(token, &generator)
        let report = TokenReport(line: changed, keys: .success(set), signatureOnly: true, now: 0)
        #expect(!report.isValid || changed == token, "seed \(seed): \(String(decoding: changed, as: UTF8.self))")
        _ = try? JSONWebKeySet(parsing: mutated(text, &generator))
      }
    }
  }

  private func mutated(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let index = Int.random(in: 0..<max(1, bytes.count), using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where index < bytes.count: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1 where index < bytes.count: bytes.remove(at: index)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
      case 3: bytes = Array(bytes.prefix(index))
      default: bytes.insert(contentsOf: bytes.prefix(index), at: index)
      }
    }
    return bytes
  }

  /// Changed tokens of each kind; `CASCADE_FUZZ` asks for more.
  private static let rounds = ProcessInfo.processInfo.environment["CASCADE_FUZZ"].flatMap { Int($0) } ?? 1000

  /// A generator that replays from its seed.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      return word ^ word >> 31
    }
  }
}
