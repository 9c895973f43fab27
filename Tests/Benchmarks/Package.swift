// swift-tools-version: 6.2
import PackageDescription

// As the package above builds its own.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// A package of its own, so that what we compare with stays out of a newcomer's build.
let package = Package(
  name: "cascade-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    // What tokens are compared with.
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    // What the trust graph stands on.
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // The limit: the same rule and the same JSON work in plain C++ and Lua, without any limit on the rule.
    .executableTarget(
      name: "PlainDecision",
      cxxSettings: [.unsafeFlags(["-O2"])],
      linkerSettings: [.linkedLibrary("lua5.4"), .linkedLibrary("simdjson")]
    ),
    // The limit of the ledger: the same transfers in plain C and SQLite, and the disk alone.
    .executableTarget(
      name: "PlainLedger",
      cSettings: [.unsafeFlags(["-O2"])],
      linkerSettings: [.linkedLibrary("sqlite3"), .linkedLibrary("crypto")]
    ),
    // Many readers of a host's stream, who compare what they see.
    .executableTarget(name: "StreamReaders", cxxSettings: [.unsafeFlags(["-O2", "-std=c++20"])]),
    // The work of TokenWork, which is built with Cascade, by jwt-kit.
    .executableTarget(name: "JWTKitWork", dependencies: [.product(name: "JWTKit", package: "jwt-kit")]),
    // The trust graph in process: its sources are Cascade's, by links, so that `package` declarations can be seen.
    .target(name: "Core", swiftSettings: strict),
    .target(
      name: "TrustGraph",
      dependencies: ["Core", .product(name: "HashTreeCollections", package: "swift-collections")],
      swiftSettings: strict),
    .executableTarget(name: "GraphWork", dependencies: ["Core", "TrustGraph"], swiftSettings: strict),
    // Runs everything in turns and prints medians and ratios.
    .executableTarget(name: "Benchmarks"),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
