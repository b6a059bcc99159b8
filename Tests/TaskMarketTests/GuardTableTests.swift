import StreamCore
import Testing

@testable import TaskMarket

@Suite("The guard table of a task")
struct GuardTableTests {
    /// What may happen when, as the design page has it.
    private static let allowed: [MarketChange.Kind: [MarketStatus?: MarketStatus]] = [
        .requested: [nil: .pending],
        .offered: [.pending: .negotiating, .negotiating: .negotiating],
        .held: [.pending: .negotiating, .negotiating: .negotiating],
        .countered: [.negotiating: .negotiating],
        .approved: [.negotiating: .negotiating],
        .declined: [.pending: .pending, .negotiating: .negotiating],
        .awarded: [.pending: .accepted, .negotiating: .accepted],
        .claimed: [.accepted: .running],
        .renewed: [.running: .running],
        .released: [.running: .accepted],
        .reopened: [.accepted: .accepted],
        .completed: [.running: .completed],
        .failed: [.running: .failed],
        .rejected: [.pending: .rejected, .negotiating: .rejected],
        .expired: [.pending: .expired, .negotiating: .expired, .accepted: .expired, .running: .expired],
        .cancelled: [.pending: .cancelled, .negotiating: .cancelled, .accepted: .cancelled, .running: .cancelled],
    ]

    @Test func `RPK-09 every pair of what happens and where a task stands is allowed or not, as written down`() {
        for kind in MarketChange.Kind.allCases {
            for status in [nil] + MarketStatus.allCases.map(Optional.some) {
                let expected = Self.allowed[kind]?[status]
                #expect(kind.status(after: status) == expected)
            }
        }
    }

    @Test func `RPK-08 the original's statuses come first, in the order of its enum, and ours behind them`() {
        let names = MarketStatus.wireOrder.map(\.rawValue)
        #expect(
            names == [
                "PENDING", "ACCEPTED", "REJECTED", "NEGOTIATING", "RUNNING", "COMPLETED", "FAILED", "EXPIRED",
                "CANCELLED",
            ])
        let terminal = MarketStatus.allCases.filter(\.isTerminal)
        #expect(Set(terminal) == [.rejected, .completed, .failed, .expired, .cancelled])
    }
}
