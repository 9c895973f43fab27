import Core
import Foundation
import TestSupport

/// A host that serves with the model of itself, and what it says of it.
struct SelfAwareHost {
  let scratch: Scratch
  let server: RunningServer
  let authorization: [String]

  /// A host whose store may take `storeSeconds`, by default longer than any machine is busy.
  init(
    _ arguments: [String] = [], environment: [String: String] = [:], fileKiB: Int? = nil, storeSeconds: Double = 3_600
  ) throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    let policy = scratch.url.appending(path: "policies/awareness.lua")
    let limit = "most = { store_latency = "
    let text = try String(contentsOf: policy, encoding: .utf8)
    try scratch.write("policies/awareness.lua", text.replacing(limit + "0.25", with: limit + "\(storeSeconds)"))
    server = try RunningServer(scratch, ["--no-specs"] + arguments, environment: environment, fileKiB: fileKiB)
    authorization = try server.authorization(scratch)
  }

  func decide() throws -> JSON { try server.decide("tier.assign", #"{"social_class":"Nobili"}"#) }

  /// The value of a sample of the host's metrics; nil when there is none.
  func sample(_ name: String) throws -> Double? {
    let lines = try server.text(["http://\(server.api)/metrics"]).split(separator: "\n")
    return lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
  }

  func awareness() throws -> JSON { try server.curl(authorization + ["http://\(server.api)/v1/awareness"]) }

  /// A component as the last step left it.
  func component(_ name: String) throws -> JSON? { Self.component(name, in: try awareness()) }

  private static func component(_ name: String, in awareness: JSON) -> JSON? {
    awareness["components"]?.array?.first { $0["name"]?.string == name }
  }

  /// What is wrong with a component, by the step of this report.
  static func problem(_ name: String, in awareness: JSON) -> String? {
    component(name, in: awareness)?["problem"]?.string
  }

  /// What is wrong with a component, by the last step.
  func problem(_ component: String) throws -> String? { try self.component(component)?["problem"]?.string }

  /// The share of the declared parts that the last step heard of, and that are healthy.
  func coverage() throws -> Double { try awareness()["coverage"]?.number ?? 0 }

  /// The parts of the measurement that the last step couldn't tell.
  func unknown() throws -> [String] {
    try server.curl(["http://\(server.api)/health"])["self"]?["unknown"]?.array?.compactMap(\.string) ?? []
  }

  /// Asks again until the answer is as wanted, for as long as a slow machine needs.
  func wait(_ isRight: () throws -> Bool) async throws {
    _ = try await Patience.lasts(until: isRight)
  }
}
