import Core
import Decisions
import Hummingbird
import Rulebook
import Synchronization
import Testing

@testable import Server

struct APIDescriptionTests {
  private let api = LedgerFixture().api

  private func document() async throws -> JSON {
    let reply = try await api.ask(.get, "/openapi.json")
    #expect(reply.status == 200)
    return reply.json
  }

  @Test func `the document describes exactly the routes that are registered`() async throws {
    let router = APIServer.router(
      api.server.endpoints, policy: HostAndOriginPolicy(host: "127.0.0.1", port: 0),
      guarding: api.token.guarding, bodies: BodyLimits(APILimits(), []))
    let registered = Set(router.routes.map { "\($0.method.rawValue) \($0.path)" })
    let paths = try #require(try await document()["paths"]?.object)
    let described = paths.members.flatMap { path in
      (path.value.object?.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
    }
    #expect(Set(described) == registered)
    #expect(described.count == api.server.endpoints.count)
    #expect(registered.contains("POST /v1/rulebook/rollback"))
    #expect(registered.contains("GET /openapi.json"))
  }

  @Test func `each parameter of a path is described, and operations have names of their own`() {
    for endpoint in api.server.endpoints {
      let inPath = endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
      #expect(endpoint.parameters.filter { $0.place == .path }.map { $0.name[...] } == inPath)
    }
    let names = api.server.endpoints.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func `each code in the document is in the table`() async throws {
    let known = Set(WireCode.allCases.map(\.rawValue))
    let document = try await document()
    for endpoint in api.server.endpoints {
      let operation = document["paths"]?[endpoint.path]?[endpoint.method.rawValue.lowercased()]
      for response in operation?["responses"]?.object?.members ?? [] {
        let problem = response.value["content"]?["\(ProblemDocument.contentType)"]
        let codes = problem?["examples"]?.object?.members.map(\.name) ?? []
        #expect(known.isSuperset(of: codes), "\(endpoint.path) \(response.name)")
      }
    }
  }

  @Test func `each example fits its schema`() async throws {
    let schemas = try #require(try await document()["components"]?["schemas"])
    for endpoint in api.server.endpoints {
      let faults = SchemaCheck(components: schemas).faults(endpoint.answer.example, endpoint.answer.schema)
      #expect(faults.isEmpty, "\(endpoint.path)")
    }
  }

  @Test func `what is really answered fits its schema`() async throws {
    let document = try await document()
    let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
    for state in 0..<3 {
      api.host.state.withLock {
        $0.isReady = state != 1
        $0.refusal = state == 2 ? [APIExamples.problem, RulebookError(.specFailed, message: "m")] : nil
      }
      for endpoint in api.server.endpoints where endpoint.path != "/metrics" {
        let uri = endpoint.path.replacing("{point}", with: state == 0 ? "tier.assign" : "no.such")
          .replacing("{account}", with: "citizen:alice").replacing("{id}", with: "none")
        for fields in [api.authorization, [:]] {
          let reply = try await api.ask(endpoint.method, uri, fields)
          let responses = document["paths"]?[endpoint.path]?[endpoint.method.rawValue.lowercased()]?["responses"]
          let content = try #require(responses?["\(reply.status)"]?["content"], "\(uri) \(reply.status)")
          let type = try #require(reply.field("content-type"))
          let schema = try #require(content[type]?["schema"], "\(uri) \(type)")
          #expect(check.faults(reply.json, schema).isEmpty, "\(uri) \(reply.status)")
        }
      }
    }
  }

  @Test func `each decision's input, result and refusals are in the document`() async throws {
    let document = try await document()
    let schemas = try #require(document["components"]?["schemas"])
    #expect(schemas["tier.assign.Input"] == APIExamples.decision.input)
    #expect(schemas["tier.assign.Output"] == APIExamples.decision.output)
    let refusal = try #require(document["x-decisions"]?["tier.assign"]?["refusal"])
    let check = SchemaCheck(components: schemas)
    func isPossible(_ reason: String) -> Bool {
      check.faults(ProblemDocument(refused: reason, "what happened").json, refusal).isEmpty
    }
    #expect(isPossible("unknown_class") && isPossible("illegal_account"))
    #expect(!isPossible("limit_exceeded") && !isPossible("exceeds_credits"))
  }

  @Test(
    arguments: [
      (nil, [], ["anything": true]), ([], [], ["anything": false, "illegal_account": true]),
      (["late"], ["limit.take"], ["late": true, "limit_exceeded": true, "exceeds_credits": false]),
      (["late"], ["ledger.post"], ["late": true, "exceeds_credits": true]),
      (["late"], ["ledger.balance"], ["late": true, "exceeds_credits": false]),
    ] as [([String]?, [String], [String: Bool])])
  func `a refusal's reason is declared, or one of the calls that the decision makes`(
    declared: [String]?, uses: [String], reasons: [String: Bool]
  ) throws {
    var decision = APIExamples.decision
    decision.refusals = declared?.map { DeclaredRefusal(code: $0) }
    decision.uses = uses
    let document = OpenAPIDocument.json(
      OpenAPIDocument(endpoints: [], version: "1").json, with: [decision])
    let check = SchemaCheck(components: try #require(document["components"]?["schemas"]))
    for (reason, isPossible) in reasons {
      let faults = check.faults(
        ProblemDocument(refused: reason, "what happened").json, APISchemas.reference("tier.assign.Refusal"))
      #expect(faults.isEmpty == isPossible, "\(reason): \(faults)")
    }
  }

  @Test func `only what changes something, the ledger and records want an operator`() async throws {
    let paths = try #require(try await document()["paths"]?.object)
    for (path, operations) in paths.members {
      for (method, operation) in operations.object?.members ?? [] {
        let isGuarded = method == "post" || path.hasPrefix("/v1/ledger/") || path.hasPrefix("/v1/records")
        #expect((operation["security"] != nil) == isGuarded, "\(method) \(path)")
      }
    }
  }
}

/// As much of JSON Schema (2020-12) as the API's schemas use.
struct SchemaCheck {
  var components: JSON

  /// What of `value` doesn't fit `schema`, with the way to it.
  func faults(_ value: JSON, _ schema: JSON, at path: String = "") -> [String] {
    var faults: [String] = []
    for (word, rule) in schema.object?.members ?? [] {
      switch word {
      case "$ref":
        let name = String((rule.string ?? "").split(separator: "/").last ?? "")
        faults += components[name].map { self.faults(value, $0, at: path) } ?? ["\(path): no schema \(name)"]
      case "type":
        let types = rule.array ?? [rule]
        if !types.contains(where: { has(value, type: $0.string) }) { faults.append("\(path): no \(rule.text)") }
      case "anyOf":
        let isAny = rule.array?.contains { self.faults(value, $0, at: path).isEmpty } ?? false
        if !isAny { faults.append("\(path): none of \(rule.text)") }
      case "allOf": faults += (rule.array ?? []).flatMap { self.faults(value, $0, at: path) }
      case "const": if value != rule { faults.append("\(path): not \(rule.text)") }
      case "enum": if rule.array?.contains(value) != true { faults.append("\(path): none of \(rule.text)") }
      case "minimum": if (value.number ?? 0) < (rule.number ?? 0) { faults.append("\(path): too small") }
      case "maximum": if (value.number ?? 0) > (rule.number ?? 0) { faults.append("\(path): too large") }
      case "pattern": faults += matches(value, rule) ? [] : ["\(path): no match"]
      case "items":
        for (index, item) in (value.array ?? []).enumerated() {
          faults += self.faults(item, rule, at: "\(path)/\(index)")
        }
      case "required":
        for name in rule.array ?? [] where value.object != nil && value[name.string ?? ""] == nil {
          faults.append("\(path): \(name.text) is missing")
        }
      case "properties":
        for (name, inner) in rule.object?.members ?? [] {
          if let member = value[name] { faults += self.faults(member, inner, at: path + "/" + name) }
        }
      case "additionalProperties":
        for (name, member) in value.object?.members ?? [] where schema["properties"]?[name] == nil {
          if rule == false { faults.append("\(path): unknown \(name)") }
          if rule.object != nil { faults += self.faults(member, rule, at: path + "/" + name) }
        }
      case "description", "format": break
      default: faults.append("\(path): unknown word \(word)")
      }
    }
    return faults
  }

  private func has(_ value: JSON, type: String?) -> Bool {
    switch type {
    case "object": value.object != nil
    case "array": value.array != nil
    case "string": value.string != nil
    case "integer": value.integer != nil
    case "number": value.number != nil
    case "boolean": value.bool != nil
    case "null": value == .null
    default: false
    }
  }

  private func matches(_ value: JSON, _ pattern: JSON) -> Bool {
    guard let text = value.string, let pattern = pattern.string, let regex = try? Regex(pattern) else { return false }
    return text.wholeMatch(of: regex) != nil
  }
}
