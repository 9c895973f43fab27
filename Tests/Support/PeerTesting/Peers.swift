import Foundation
import TestSupport
package import Testing

/// The independent Python programs that tests hold Cascade against. `make packages-peers` installs them.
package enum Peers {
  /// The Python that has them: what `CASCADE_PEERS` names, or the one under `.build/peers`.
  package static let python =
    ProcessInfo.processInfo.environment["CASCADE_PEERS"] ?? Checkout.url.appending(path: ".build/peers/bin/python").path

  /// Whether that Python is there.
  package static let areInstalled = FileManager.default.isExecutableFile(atPath: python)

  /// Whether a test that needs them must fail without them.
  package static let areRequired = ProcessInfo.processInfo.environment["CI"].map { !$0.isEmpty } ?? false

  /// The scripts that the tests run, beside the list of what they need.
  package static func script(_ name: String) -> String { Checkout.url.appending(path: "Tests/Peers/\(name)").path }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test, and says so, where the Python peers are not installed; in CI it runs, and fails.
  package static var needsPeers: Self {
    .enabled(
      if: Peers.areInstalled || Peers.areRequired,
      "the Python peers are not installed: `make packages-peers` does, or CASCADE_PEERS names a Python that has them")
  }
}

/// A peer that failed, with what it said.
package struct PeerFailure: Error, CustomStringConvertible {
  package var description: String

  package init(description: String) { self.description = description }
}
