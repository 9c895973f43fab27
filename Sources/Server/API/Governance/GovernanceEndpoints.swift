package import Core
package import Decisions
internal import Governance
internal import Hummingbird

extension Endpoint {
  /// Who may change the rules, and what they are changing. No token is asked for: a signature is the authority.
  package static func governance(
    _ book: GovernanceBook, _ course: GovernanceCourse, limiter: any RateLimiter
  ) -> [Endpoint] {
    let handlers = GovernanceHandlers(book: book, course: course, limiter: limiter)
    let state = Answer(
      "What is in force and what is proposed; only `governed`, false, where there is no root",
      schema: APISchemas.reference("Governance"), example: GovernanceExamples.state)
    let digest = Parameter("digest", in: .path, "The digest of the proposal's payload", schema: APISchemas.text)
    func act(_ path: String, _ name: String, _ summary: String, _ parameters: [Parameter], _ handler: @escaping Handler)
      -> Endpoint
    {
      var endpoint = Endpoint(
        .post, path, name: name, summary: summary, parameters: parameters,
        body: (APISchemas.reference("Envelope"), GovernanceExamples.envelope), answer: state,
        problems: GovernanceHandlers.problems, handler: handler)
      endpoint.isSigned = true
      return endpoint
    }
    var propose = Endpoint(
      .post, "/v1/governance/proposals", name: "proposeRules",
      summary: "Proposes a rulebook with its files, or a root; a signature of a key that may is the authority",
      body: (APISchemas.reference("NewProposal"), GovernanceExamples.proposal), answer: state,
      problems: GovernanceHandlers.problems
    ) { request, context in try await handlers.propose(request, context) }
    propose.bodyBytes = GovernanceHandlers.bodyBytes
    propose.isSigned = true
    return [
      Endpoint(
        .get, "/v1/governance", name: "getGovernance", summary: "Who may change the rules, and what is in force",
        answer: state
      ) { _, _ in Response(json: handlers.state()) },
      Endpoint(
        .get, "/v1/governance/proposals", name: "getProposals", summary: "Open proposals, and the last that ended",
        answer: Answer(
          "The proposals", schema: APISchemas.reference("Proposals"), example: GovernanceExamples.proposals)
      ) { _, _ in Response(json: handlers.proposals()) },
      Endpoint(
        .get, "/v1/governance/proposals/{digest}", name: "getProposal",
        summary: "An open proposal with its envelope, for those who are asked to sign it", parameters: [digest],
        answer: Answer(
          "The proposal", schema: APISchemas.reference("Proposal"), example: GovernanceExamples.openProposal),
        problems: [.notFound, .malformedRequest]
      ) { _, context in try handlers.proposal(named: context.pathParameter("digest")) },
      propose,
      act("/v1/governance/proposals/{digest}/signatures", "signProposal", "Adds signatures to a proposal", [digest]) {
        request, context in try await handlers.sign(request, context)
      },
      act("/v1/governance/proposals/{digest}/veto", "vetoProposal", "Ends a proposal for good", [digest]) {
        request, context in try await handlers.act(.vetoed, request, context)
      },
      act("/v1/governance/emergency", "beginEmergency", "Goes back, suspends or holds, at once and for a while", []) {
        request, context in try await handlers.act(.emergency, request, context)
      },
      act("/v1/governance/freshness", "confirmFreshness", "Confirms that what is in force is meant to be", []) {
        request, context in try await handlers.act(.freshness, request, context)
      },
    ]
  }
}
