import Decisions
import Server
import ServiceLifecycle

/// Tells the stream how the host stands whenever that changes: whether it is ready, and which budgets burn.
struct AlarmWatch: Service {
  /// How often is looked whether the host is ready.
  private static let interval = Duration.seconds(1)
  /// Of so many looks one is at the budgets, for which the rules are asked.
  private static let budgetLooks = 30

  let host: Host
  let budgets: ObjectiveBudgets
  let stream: StreamHub

  func run() async throws {
    var (news, looks) = (AlarmNews(), 0)
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      if let event = news.standing(host.standing) { stream.publish(event) }
      looks += 1
      if looks.isMultiple(of: Self.budgetLooks), let report = await budgets.report() {
        for event in news.budgets(report) { stream.publish(event) }
      }
    }
  }
}
