import Core
import Foundation
import StandIns

/// A `cascade serve` with the sample citizens, which speaks with a Stripe of our own.
final class LoadedHost: @unchecked Sendable {
  static let webhookSecret = "whsec_load"

  /// Where its API is.
  let api: String
  private let program: String
  private let data: String
  // Started in `init`, ended by `stop`; nothing else touches it.
  private let process: Process

  /// Starts it and waits until it serves.
  init(program: String, rulebook: String, data: String, stripe: String) throws {
    self.program = program
    self.data = data
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [
      "serve", "--rulebook", rulebook, "--data", data, "--api", "127.0.0.1:0", "--decisions", "127.0.0.1:0",
      "--demo", "--quiet-demo", "--no-specs",
    ]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "CASCADE_STRIPE_URL": stripe, "CASCADE_STRIPE_KEY": FakeStripe.key,
      "CASCADE_STRIPE_WEBHOOK_SECRET": Self.webhookSecret,
    ]) { $1 }
    let out = Pipe()
    process.standardOutput = out
    try process.run()
    self.process = process
    var said = ""
    while !said.contains("Try: ") {
      let bytes = out.fileHandleForReading.availableData
      if bytes.isEmpty { throw LoadError("the host did not start: \(said)") }
      said += String(decoding: bytes, as: UTF8.self)
    }
    guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix("API") }),
      let address = line.firstRange(of: "http://")
    else { throw LoadError("the host says no address: \(said)") }
    api = String(line[address.lowerBound...].prefix { !$0.isWhitespace })
  }

  /// Ends it and waits until it is gone.
  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// What lets an operator in.
  func operatorToken() throws -> String {
    try run(["token", "operator", "--data", data]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The first `count` of the sample citizens in this checkout.
  static func citizens(_ count: Int, of checkout: String) throws -> [String] {
    let url = URL(filePath: checkout + "/Sources/cascade/Resources/venice_citizens.json")
    let names = try JSON(parsing: Array(Data(contentsOf: url)))["citizens"]?.array?.compactMap {
      $0["username"]?.string
    }
    guard let names, names.count >= count else { throw LoadError("there are no \(count) citizens in \(url.path())") }
    return Array(names.prefix(count))
  }

  /// Enrols citizens' keys, in base64url.
  func enrol(_ keys: [(citizen: String, key: String)]) throws {
    for (citizen, key) in keys { _ = try run(["token", "enrol", citizen, "--key", key, "--data", data]) }
    // The host looks every second.
    Thread.sleep(forTimeInterval: 2)
  }

  private func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let out = Pipe()
    process.standardOutput = out
    try process.run()
    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw LoadError("\(arguments.joined(separator: " ")): status \(process.terminationStatus)")
    }
    return text
  }
}
