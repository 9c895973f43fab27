// swift-tools-version: 6.2
import PackageDescription

// Every target is built in Swift 6 mode with these settings; a warning is an error.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

// Where C is near, every unsafe use is also marked.
let strictNearC: [SwiftSetting] = strict + [.strictMemorySafety()]

let warningsAsErrors: [CSetting] = [
  .treatAllWarnings(as: .error),
  .enableWarning("all"),
  .enableWarning("extra"),
]

let package = Package(
  name: "cascade",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "cascade", targets: ["cascade"]),
    // For the benchmarks, which are a package of their own under Tests/Benchmarks.
    .library(name: "CascadeLibraries", targets: ["LuaRuntime", "Rulebook", "CascadeHost", "CascadeServer"]),
  ],
  dependencies: [
    // The command line: parsing, usage errors, completions.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // SQLite in Swift's terms: connections, transactions, migrations.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // Hash tries that share what two snapshots of the trust graph have in common.
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    // Event loops, sockets and the HTTP/1.1 codec under the decision port.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // Graceful shutdown of the decision port's connections.
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    // Names of header fields on the API port.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    // The API port: router, request context, graceful shutdown.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    // What `cascade reload|rollback|status` and later the clients of the outside speak HTTP with.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    // Start, stop and signals as one contract.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // The logging and metrics faces the libraries above already speak to.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: [
    .target(name: "Core", swiftSettings: strict),
    .target(
      name: "CLuaBridge",
      cSettings: warningsAsErrors + [.headerSearchPath(".")],
      cxxSettings: [.headerSearchPath(".")],
      linkerSettings: [.linkedLibrary("lua5.4"), .linkedLibrary("simdjson")]
    ),
    .target(name: "LuaRuntime", dependencies: ["Core", "CLuaBridge"], swiftSettings: strictNearC),
    .systemLibrary(name: "COpenSSL"),
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: strictNearC),
    .target(
      name: "Rulebook", dependencies: ["Core", "LuaRuntime", "Cryptography"],
      resources: [.embedInCode("Specs/Prelude/prelude.lua")], swiftSettings: strict),
    .target(name: "Tokens", dependencies: ["Core", "Cryptography"], swiftSettings: strict),
    .target(
      name: "TrustGraph",
      dependencies: ["Core", .product(name: "HashTreeCollections", package: "swift-collections")],
      swiftSettings: strict),
    .target(name: "Ledger", dependencies: ["Core", "Cryptography"], swiftSettings: strict),
    .target(
      name: "CascadeHost",
      dependencies: [
        "Core", "Rulebook", "LuaRuntime", "Cryptography", "Ledger", "Tokens", "TrustGraph",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "CascadeServer",
      dependencies: [
        "Core", "LuaRuntime", "Rulebook", "Ledger", "CascadeHost", "Cryptography", "Tokens", "TrustGraph",
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      resources: [.embedInCode("Console/console.html")],
      swiftSettings: strict
    ),
    .target(
      name: "StoreSQLite",
      dependencies: [
        "Core", "CascadeHost", "Ledger", "TrustGraph", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strictNearC
    ),
    .target(
      name: "Venice",
      dependencies: [
        "Core", "Cryptography", "CascadeHost", "TrustGraph",
        // Connections, TLS and timeouts towards Venice.
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Stripe",
      dependencies: [
        "Core", "Cryptography", "CascadeHost",
        // Connections, TLS and timeouts towards Stripe.
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "cascade",
      dependencies: [
        "Core", "LuaRuntime", "Rulebook", "CascadeHost", "CascadeServer", "Cryptography", "Ledger", "StoreSQLite",
        "Stripe", "Tokens", "TrustGraph", "Venice",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      resources: [.copy("Resources/venice_citizens.json"), .copy("Resources/venice_relationships.csv")],
      swiftSettings: strict
    ),
    .testTarget(name: "TidyTests"),
    .testTarget(
      name: "LuaRuntimeTests", dependencies: ["Core", "LuaRuntime"], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(name: "CryptographyTests", dependencies: ["Core", "Cryptography"], swiftSettings: strict),
    .testTarget(
      name: "TokensTests", dependencies: ["Core", "Cryptography", "Tokens", "TokenFuzz"], swiftSettings: strict),
    // What the benchmarks ask of tokens; they are a package of their own, which sees nothing of ours from inside.
    .executableTarget(
      name: "TokenWork", dependencies: ["Core", "Tokens"], path: "Tests/Benchmarks/Sources/TokenWork",
      swiftSettings: strict),
    // Changed tokens and key sets without end, each within its time and memory.
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: warningsAsErrors),
    .executableTarget(
      name: "TokenFuzz", dependencies: ["AllocationCounter", "Core", "Cryptography", "Tokens", "TrustGraph"],
      path: "Tests/TokenFuzz", swiftSettings: strict),
    .testTarget(name: "TrustGraphTests", dependencies: ["Core", "TrustGraph"], swiftSettings: strict),
    // The conformance suite that every ledger store must pass, and the model it is held against.
    .target(name: "LedgerTesting", dependencies: ["Core", "Ledger"], path: "Tests/LedgerTesting"),
    // A process that writes transfers until it is killed.
    .executableTarget(
      name: "LedgerCrashWriter", dependencies: ["Core", "Ledger", "LedgerTesting", "StoreSQLite"],
      path: "Tests/LedgerCrashWriter", swiftSettings: strictNearC),
    // Measures the ledger for the benchmarks.
    .executableTarget(
      name: "LedgerThroughput", dependencies: ["Core", "Ledger", "StoreSQLite"], path: "Tests/LedgerThroughput",
      swiftSettings: strict),
    .testTarget(
      name: "LedgerTests", dependencies: ["Core", "Cryptography", "Ledger", "LedgerTesting"], swiftSettings: strict),
    .testTarget(
      name: "LedgerSQLiteTests",
      dependencies: [
        "Core", "Ledger", "LedgerTesting", "LedgerCrashWriter", "StoreSQLite",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strictNearC
    ),
    .testTarget(
      name: "SessionsSQLiteTests", dependencies: ["Core", "CascadeHost", "StoreSQLite"], swiftSettings: strict),
    // A stand-in for Venice with all its traps.
    .target(
      name: "VeniceTesting",
      dependencies: [
        "Core",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/VeniceTesting", swiftSettings: strict
    ),
    .testTarget(
      name: "VeniceTests",
      dependencies: [
        "Core", "Cryptography", "CascadeHost", "TrustGraph", "Venice", "VeniceTesting",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .testTarget(name: "GraphSQLiteTests", dependencies: ["StoreSQLite", "TrustGraph"], swiftSettings: strict),
    // A Stripe of our own, in memory and behind HTTP, with every fault there is.
    .target(
      name: "StripeTesting",
      dependencies: [
        "Core", "Cryptography", "CascadeHost", "TrustGraph",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/StripeTesting", swiftSettings: strict),
    .testTarget(
      name: "StripeTests",
      dependencies: [
        "Core", "Cryptography", "CascadeHost", "Stripe", "StripeTesting",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
    // Runs the independent Python programs of Tests/Peers.
    .target(name: "PeerTesting", path: "Tests/PeerTesting", swiftSettings: strict),
    // What Cascade computes, held against what those do.
    .testTarget(
      name: "PeerTests", dependencies: ["Core", "Cryptography", "PeerTesting", "Tokens", "TrustGraph"],
      swiftSettings: strict),
    .testTarget(
      name: "PaymentsTests",
      dependencies: [
        "Core", "Cryptography", "Ledger", "LuaRuntime", "Rulebook", "CascadeHost", "StoreSQLite", "StripeTesting",
        "TrustGraph", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    // Loads a host with questions about money, for the benchmarks.
    .executableTarget(
      name: "MoneyLoad",
      dependencies: [
        "Core", "Cryptography", "CascadeHost", "StripeTesting",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "Tests/MoneyLoad", swiftSettings: strict),
    .testTarget(name: "RulebookTests", dependencies: ["Core", "LuaRuntime", "Rulebook"], swiftSettings: strict),
    .testTarget(
      name: "CascadeHostTests",
      dependencies: [
        "Core", "Cryptography", "Ledger", "LuaRuntime", "Rulebook", "CascadeHost", "StoreSQLite", "Tokens",
        "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
    // Runs the built program as its users do.
    .testTarget(
      name: "CascadeTests",
      dependencies: [
        "cascade", "CascadeHost", "Core", "Cryptography", "PeerTesting", "StoreSQLite", "StripeTesting", "Tokens",
        "TrustGraph", "VeniceTesting",
      ],
      exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "CascadeServerTests",
      dependencies: [
        "Core", "Cryptography", "Ledger", "LuaRuntime", "Rulebook", "CascadeHost", "CascadeServer", "Tokens",
        "StoreSQLite", "Stripe", "StripeTesting", "TrustGraph", "Venice", "VeniceTesting",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11,
  cxxLanguageStandard: .cxx17
)
