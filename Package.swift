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

// What Lua is linked with: statically, and with some calls between its own parts led to ours, so that they are
// metered and come out the same on every machine (vm/liblua.c, libraries/mathematics.c).
let wrapped = [
  "luaS_hash", "luaH_getn", "luaH_finishset", "luaH_set", "luaH_setint", "luaT_gettm", "luaT_gettmbyobj",
  "luaO_tostring", "luaO_str2num", "luaS_eqlngstr", "luaS_hashlongstr", "strcoll", "luaT_getvarargs", "luaD_poscall",
  "luaC_fullgc", "lua_getallocf", "pow", "fmod", "luaF_findupval", "luaG_typeerror", "luaG_callerror",
  "luaG_concaterror", "luaG_opinterror", "luaG_tointerror", "lua_getinfo", "luaS_newlstr",
  "luaH_get", "luaH_getint", "luaH_getshortstr", "luaH_getstr", "luaH_resizearray",
]
let lua: [LinkerSetting] = [
  .linkedLibrary(":liblua5.4.a"), .linkedLibrary(":libmpfr.a"), .linkedLibrary(":libgmp.a"), .linkedLibrary("m"),
  .linkedLibrary("simdjson"), .unsafeFlags(wrapped.flatMap { ["-Xlinker", "--wrap=\($0)"] }),
]

let package = Package(
  name: "cascade",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "cascade", targets: ["cascade"]),
    // For the benchmarks, which are a package of their own under Tests/Benchmarks.
    .library(name: "CascadeLibraries", targets: ["LuaRuntime", "Rulebook", "Decisions", "Server"]),
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
    // The API port: router, request context, graceful shutdown. Without its traits, which bring a library of
    // configurations and all of Foundation.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    // Start, stop and signals as one contract.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // The logging and metrics faces the libraries above already speak to.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: [
    // Amounts, identifiers, JSON and what else everybody speaks of.
    .target(name: "Core", swiftSettings: strict),
    // The C library's allocator, which gives back what it keeps.
    .systemLibrary(name: "CMalloc"),
    // Files, locks, queues and threads, by the system's own names.
    .target(name: "Platform", dependencies: ["CMalloc", "Core"], swiftSettings: strictNearC),
    // Lua 5.4 behind a wall: every call protected, values cross as JSON bytes, own allocator, matcher, libraries.
    .target(
      name: "CLuaBridge",
      cSettings: warningsAsErrors + [.headerSearchPath(".")],
      cxxSettings: [.headerSearchPath(".")],
      linkerSettings: lua
    ),
    // A virtual machine in Swift's terms.
    .target(name: "LuaRuntime", dependencies: ["CLuaBridge", "Core"], swiftSettings: strictNearC),
    // OpenSSL's headers.
    .systemLibrary(name: "COpenSSL"),
    // libcurl's headers.
    .systemLibrary(name: "CCurl"),
    // Zstandard's headers.
    .systemLibrary(name: "CZstd"),
    // Asks other servers over HTTP, on libcurl.
    .target(name: "Outbound", dependencies: ["CCurl"], swiftSettings: strictNearC),
    // Hashes, signatures, randomness and secrets, on OpenSSL.
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: strictNearC),
    // JOSE: tokens, key sets and what signs and revokes them.
    .target(name: "Tokens", dependencies: ["Core", "Cryptography", "Platform"], swiftSettings: strict),
    // The trust graph as an immutable snapshot, and what is measured on it.
    .target(
      name: "TrustGraph",
      dependencies: [
        "Core",
        .product(name: "HashTreeCollections", package: "swift-collections"),
      ],
      swiftSettings: strict
    ),
    // Double entry as a value, and the ports of its stores.
    .target(name: "Ledger", dependencies: ["Core", "Cryptography"], swiftSettings: strict),
    // Who may change the rules: envelopes, roots, proposals, delays and vetoes as a value.
    .target(name: "Governance", dependencies: ["Core", "Cryptography"], swiftSettings: strict),
    // Files to a checked generation; specs; reload; editor types.
    .target(
      name: "Rulebook",
      dependencies: ["Core", "Governance", "Ledger", "LuaRuntime", "Platform"],
      resources: ["assertions", "drawing", "prelude", "properties", "values", "words"].map {
        .embedInCode("Specs/Prelude/\($0).lua")
      },
      swiftSettings: strict
    ),
    // Decides by the rules, with and without effects, and keeps what was decided; knows no citizen and no payment.
    .target(
      name: "Decisions",
      dependencies: [
        "CZstd", "Core", "Cryptography", "Governance", "Ledger", "LuaRuntime", "Platform", "Rulebook", "Tokens",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
    // Who somebody is, what they may, and whom they trust.
    .target(
      name: "Citizens",
      dependencies: [
        "Core", "Cryptography", "Decisions", "Platform", "Tokens", "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    // Quotes and payments.
    .target(
      name: "Commerce",
      dependencies: [
        "Citizens", "Core", "Cryptography", "Decisions", "Ledger", "Tokens",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      swiftSettings: strict
    ),
    // What the host keeps, on SQLite: one folder a store.
    .target(
      name: "StoreSQLite",
      dependencies: [
        "Citizens", "Commerce", "Core", "Ledger", "Platform", "TrustGraph",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strictNearC
    ),
    // libpq's headers.
    .systemLibrary(name: "CPostgres"),
    // What hosts keep together, on PostgreSQL: one folder a store.
    .target(
      name: "StorePostgres",
      dependencies: [
        "CPostgres", "Citizens", "Commerce", "Core", "Cryptography", "Decisions", "Ledger", "Rulebook", "Tokens",
        "TrustGraph",
      ],
      swiftSettings: strictNearC),
    // hiredis's headers.
    .systemLibrary(name: "CRedis"),
    // What hosts tell each other and may lose, on Redis.
    .target(name: "StoreRedis", dependencies: ["CRedis", "Core", "Cryptography"], swiftSettings: strictNearC),
    // The client of Venice, behind ports of those above.
    .target(
      name: "Venice",
      dependencies: [
        "Citizens", "Commerce", "Core", "Cryptography", "Outbound", "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    // The client of Stripe, behind ports of those above.
    .target(
      name: "Stripe",
      dependencies: ["Commerce", "Core", "Cryptography", "Outbound"],
      swiftSettings: strict
    ),
    // Metrics as Prometheus reads them.
    .target(
      name: "Observability",
      dependencies: [
        "Core", "Decisions", "Governance",
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      swiftSettings: strict
    ),
    // The console's files, taken in by the compiler, with what Debian's packages bring.
    .target(name: "CConsole", cSettings: warningsAsErrors),
    // The operators' pages, the code that opens them, and the session behind them.
    .target(
      name: "Console",
      dependencies: ["CConsole", "Core", "Cryptography", "Tokens"],
      exclude: ["Assets", "Pages"],
      swiftSettings: strictNearC
    ),
    // The decision port (raw NIO), the API port (Hummingbird), errors to responses.
    .target(
      name: "Server",
      dependencies: [
        "Citizens", "Commerce", "Console", "Core", "Cryptography", "Decisions", "Governance", "Ledger", "LuaRuntime",
        "Observability", "Rulebook", "Tokens", "TrustGraph",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    // Nothing, in the place of ICU's data, which only Foundation would ask for.
    .target(name: "CStubData", cSettings: warningsAsErrors),
    // The command line, and the only place that names concrete parts.
    .executableTarget(
      name: "cascade",
      dependencies: [
        "CStubData", "Citizens", "Commerce", "Console", "Core", "Cryptography", "Decisions", "Governance", "Ledger",
        "LuaRuntime", "Observability", "Outbound", "Platform", "Rulebook", "Server", "StorePostgres", "StoreRedis",
        "StoreSQLite", "Stripe", "Tokens", "TrustGraph", "Venice",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      resources: [
        .embedInCode("Resources/venice_citizens.json"), .embedInCode("Resources/venice_relationships.csv"),
      ],
      swiftSettings: strict
    ),

    // What tests share: where the checkout is, how programs are started.
    .target(name: "Spawn", path: "Tests/Support/Spawn", cSettings: warningsAsErrors),
    .target(name: "TestSupport", dependencies: ["Spawn"], path: "Tests/Support/TestSupport", swiftSettings: strict),
    // What was logged, for tests that look at it.
    .target(
      name: "LoggedLines",
      dependencies: [.product(name: "Logging", package: "swift-log")],
      path: "Tests/Support/LoggedLines",
      swiftSettings: strict
    ),
    // Texts that break what isn't written with care, for the tests of every output.
    .target(name: "HostileTexts", path: "Tests/Support/HostileTexts", swiftSettings: strict),
    // Holders of keys, and what they sign.
    .target(
      name: "GovernanceTesting",
      dependencies: ["Core", "Cryptography", "Governance"],
      path: "Tests/Support/GovernanceTesting",
      swiftSettings: strict
    ),
    // Hosts that only decide by what holders signed.
    .target(
      name: "GovernedHosts",
      dependencies: [
        "Core", "Decisions", "Governance", "GovernanceTesting", "Ledger", "LuaRuntime", "Rulebook",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/Support/GovernedHosts",
      swiftSettings: strict
    ),
    // A Venice with all its traps, and a Stripe in memory and behind HTTP with every fault there is.
    .target(
      name: "StandIns",
      dependencies: [
        "Commerce", "Core", "Cryptography", "TrustGraph",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/Support/StandIns",
      swiftSettings: strict
    ),
    // Runs the independent Python programs of Tests/Peers.
    .target(
      name: "PeerTesting",
      dependencies: ["TestSupport"],
      path: "Tests/Support/PeerTesting",
      swiftSettings: strict
    ),
    // What every store must do, whatever it keeps its data in, and the models they are held against.
    .target(
      name: "StoreConformance",
      dependencies: ["Citizens", "Commerce", "Core", "Decisions", "Ledger", "Rulebook", "Tokens", "TrustGraph"],
      path: "Tests/Stores/Conformance"),

    // The servers that tests start for themselves.
    .target(
      name: "DatabaseServers",
      dependencies: ["TestSupport"],
      path: "Tests/Support/DatabaseServers",
      swiftSettings: strict
    ),

    // Small and large changes to bytes, for those who look for what breaks.
    .target(name: "Mutating", dependencies: ["TrustGraph"], path: "Tests/Support/Mutating", swiftSettings: strict),

    // Counts what is allocated.
    .target(name: "AllocationCounter", path: "Tests/Tools/AllocationCounter", cSettings: warningsAsErrors),
    // Changed tokens and key sets without end, each within its time and memory.
    .executableTarget(
      name: "TokenFuzz",
      dependencies: ["AllocationCounter", "Core", "Cryptography", "Mutating", "Tokens", "TrustGraph"],
      path: "Tests/Tools/Fuzz",
      swiftSettings: strict
    ),
    // Changed requests without end, to the decision port's two ways to read them.
    .executableTarget(
      name: "PortFuzz",
      dependencies: [
        "Core", "Cryptography", "Decisions", "LuaRuntime", "Mutating", "Rulebook", "Server", "Tokens", "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ],
      path: "Tests/Tools/PortFuzz",
      swiftSettings: strict
    ),
    // Writes transfers until it is killed.
    .executableTarget(
      name: "LedgerCrashWriter",
      dependencies: ["Core", "Ledger", "StoreConformance", "StoreSQLite"],
      path: "Tests/Tools/CrashWriter",
      swiftSettings: strictNearC
    ),
    // Writes transfers as one of several hosts until it is killed.
    .executableTarget(
      name: "LedgerHostWriter",
      dependencies: ["Core", "Ledger", "StoreConformance", "StorePostgres"],
      path: "Tests/Tools/HostWriter",
      swiftSettings: strictNearC
    ),
    // Brings into force what is ready in a data directory.
    .executableTarget(
      name: "ActivatingHost",
      dependencies: [
        "Core", "Decisions", "Governance", "Ledger", "LuaRuntime", "Rulebook", "StoreSQLite",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/Tools/ActivatingHost",
      swiftSettings: strict
    ),
    // Measures the ledger.
    .executableTarget(
      name: "LedgerThroughput",
      dependencies: ["Core", "Ledger", "StoreSQLite"],
      path: "Tests/Tools/Throughput",
      swiftSettings: strict
    ),
    // Loads a host with questions about money.
    .executableTarget(
      name: "MoneyLoad",
      dependencies: [
        "Commerce", "Core", "Cryptography", "Outbound", "StandIns",
      ],
      path: "Tests/Tools/MoneyLoad",
      swiftSettings: strict
    ),
    // Odd rules without end, each the same again and everywhere.
    .executableTarget(
      name: "DecisionFuzz",
      dependencies: ["Core", "LuaRuntime", "TestSupport"],
      path: "Tests/Tools/DecisionFuzz",
      swiftSettings: strictNearC
    ),
    // What governance costs.
    .executableTarget(
      name: "GovernanceWork",
      dependencies: [
        "Core", "Cryptography", "Decisions", "Governance", "GovernanceTesting", "LuaRuntime", "Rulebook",
      ],
      path: "Tests/Tools/GovernanceWork",
      swiftSettings: strict
    ),
    // What a unit of fuel takes, operation by operation.
    .executableTarget(
      name: "FuelPrices",
      dependencies: ["Core", "LuaRuntime", "TestSupport"],
      path: "Tests/Tools/FuelPrices",
      swiftSettings: strictNearC
    ),
    // What the benchmarks ask of tokens; they are a package of their own, which sees nothing of ours from inside.
    .executableTarget(
      name: "TokenWork",
      dependencies: ["Core", "Tokens"],
      path: "Tests/Benchmarks/Sources/TokenWork",
      swiftSettings: strict
    ),

    .testTarget(
      name: "CoreTests",
      dependencies: ["Core", "HostileTexts"],
      path: "Tests/Unit/CoreTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "PlatformTests",
      dependencies: ["Core", "Platform", "TestSupport"],
      path: "Tests/Unit/PlatformTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "LuaRuntimeTests",
      dependencies: ["Core", "DecisionFuzz", "LuaRuntime", "TestSupport"],
      path: "Tests/Unit/LuaRuntimeTests",
      exclude: ["Fixtures"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "CryptographyTests",
      dependencies: ["Cryptography"],
      path: "Tests/Unit/CryptographyTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokensTests",
      dependencies: ["Core", "Cryptography", "TestSupport", "TokenFuzz", "Tokens"],
      path: "Tests/Unit/TokensTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "GovernanceTests",
      dependencies: ["Core", "Cryptography", "Governance", "GovernanceTesting"],
      path: "Tests/Unit/GovernanceTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "TrustGraphTests",
      dependencies: ["Core", "HostileTexts", "TrustGraph"],
      path: "Tests/Unit/TrustGraphTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "LedgerTests",
      dependencies: ["Core", "HostileTexts", "Ledger", "StoreConformance", "TestSupport"],
      path: "Tests/Unit/LedgerTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "RulebookTests",
      dependencies: ["Core", "HostileTexts", "Ledger", "LuaRuntime", "Platform", "Rulebook", "TestSupport"],
      path: "Tests/Unit/RulebookTests",
      exclude: ["Snapshots"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DecisionsTests",
      dependencies: [
        "ActivatingHost", "Citizens", "Core", "Cryptography", "Decisions", "Governance", "GovernanceTesting",
        "GovernedHosts", "Ledger", "LoggedLines", "LuaRuntime", "Rulebook", "StoreSQLite", "TestSupport", "Tokens",
        "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/Unit/DecisionsTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "CitizensTests",
      dependencies: [
        "Citizens", "Core", "Cryptography", "Decisions", "LuaRuntime", "Rulebook", "StoreSQLite", "TestSupport",
        "TrustGraph",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/Unit/CitizensTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "CommerceTests",
      dependencies: [
        "Commerce", "Core", "Decisions", "Ledger", "LuaRuntime", "Rulebook", "StandIns", "StoreSQLite",
        "TestSupport", "Tokens", "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Unit/CommerceTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "VeniceTests",
      dependencies: [
        "Citizens", "Commerce", "Core", "Cryptography", "StandIns", "TrustGraph", "Venice",
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Unit/VeniceTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "StripeTests",
      dependencies: [
        "Commerce", "Core", "Cryptography", "Outbound", "StandIns", "Stripe",
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "Tests/Unit/StripeTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "ObservabilityTests",
      dependencies: [
        "Core", "Decisions", "Governance", "GovernanceTesting", "GovernedHosts", "HostileTexts", "Observability",
        "TestSupport",
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      path: "Tests/Unit/ObservabilityTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Citizens", "Commerce", "Console", "Core", "Cryptography", "Decisions", "Governance", "GovernanceTesting",
        "GovernedHosts", "Ledger", "LoggedLines", "LuaRuntime", "Outbound", "PortFuzz", "Rulebook", "Server",
        "StandIns", "StoreSQLite", "Stripe",
        "TestSupport", "Tokens", "TrustGraph", "Venice",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      path: "Tests/Unit/ServerTests",
      swiftSettings: strict
    ),

    // Each store against its conformance suite, and what only SQLite can do wrong.
    .testTarget(
      name: "StoreSQLiteTests",
      dependencies: [
        "Citizens", "Commerce", "Core", "Ledger", "LedgerCrashWriter", "StoreConformance", "StoreSQLite", "TestSupport",
        "TrustGraph",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Tests/Stores/SQLite",
      swiftSettings: strictNearC
    ),
    // The stores on PostgreSQL against the same suites, on a server that the tests start, and what many hosts do.
    .testTarget(
      name: "StorePostgresTests",
      dependencies: [
        "Citizens", "Commerce", "Core", "Cryptography", "DatabaseServers", "Decisions", "Ledger", "LedgerHostWriter",
        "LuaRuntime", "Rulebook", "StoreConformance", "StorePostgres", "TestSupport", "Tokens", "TrustGraph",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/Stores/Postgres",
      swiftSettings: strict
    ),
    // The stores on Redis against the same suites, on a server that the tests start, and without one.
    .testTarget(
      name: "StoreRedisTests",
      dependencies: ["Core", "Cryptography", "DatabaseServers", "StoreConformance", "StoreRedis"],
      path: "Tests/Stores/Redis",
      swiftSettings: strict
    ),
    // The stores that end with the process, and those in plain files.
    .testTarget(
      name: "StoreMemoryTests",
      dependencies: [
        "Citizens", "Commerce", "Core", "Decisions", "Rulebook", "StoreConformance", "Tokens", "TrustGraph",
      ],
      path: "Tests/Stores/Memory",
      swiftSettings: strict
    ),
    .testTarget(
      name: "StoreFileTests",
      dependencies: ["Core", "Rulebook", "StoreConformance", "Tokens"],
      path: "Tests/Stores/Files",
      swiftSettings: strict
    ),
    // Runs the built program as its users do.
    .testTarget(
      name: "CascadeTests",
      dependencies: [
        "cascade", "Citizens", "Commerce", "Core", "Cryptography", "DatabaseServers", "Decisions", "Governance",
        "GovernanceTesting", "PeerTesting", "Platform", "StandIns", "StoreSQLite", "TestSupport", "Tokens",
        "TrustGraph",
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Programs/CascadeTests",
      exclude: ["Snapshots"],
      swiftSettings: strict
    ),
    // The console in a real browser.
    .testTarget(
      name: "BrowserTests",
      dependencies: ["cascade", "Core", "PeerTesting", "TestSupport"],
      path: "Tests/Programs/BrowserTests",
      swiftSettings: strict
    ),
    // What Cascade computes, held against the independent programs.
    .testTarget(
      name: "PeerTests",
      dependencies: [
        "Core", "Cryptography", "Governance", "GovernanceTesting", "LuaRuntime", "PeerTesting", "Rulebook",
        "TestSupport", "Tokens", "TrustGraph",
      ],
      path: "Tests/Programs/PeerTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "OutboundTests",
      dependencies: ["Core", "Outbound", "PeerTesting"],
      path: "Tests/Unit/OutboundTests",
      swiftSettings: strict
    ),
    .testTarget(name: "TidyTests"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11,
  cxxLanguageStandard: .cxx17
)
