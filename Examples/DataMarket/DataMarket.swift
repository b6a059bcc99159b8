import Console
import Foundation
import StreamDSL
import TaskMarket

/// A market for data work: buyers ask, analysts bid and haggle, workers do what was awarded, the market decides what counts.
///
/// `MARKET_ROLE` says which part this process plays: `buyer`, `market`, `analysts`, `agency`, `workers`, or `all`, the default.
@main struct DataMarket: StreamApplication {
    var summary: String { "a market for tasks: one of its roles, or all of them" }

    var topology: StreamTopology {
        get throws {
            let name = ProcessInfo.processInfo.environment["MARKET_ROLE"] ?? "all"
            guard let role = Role(rawValue: name) else {
                let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandError.usage("MARKET_ROLE is '\(name)'", hint: "it is one of \(known)")
            }
            return try Self.topology(role, of: try Self.market)
        }
    }

    var commands: [Command] {
        // Without a market `topology` says why.
        (try? Self.market).map { [$0.command, TaskLoad.command($0)] } ?? []
    }

    /// The parts of the market.
    enum Role: String, CaseIterable {
        case all, buyer, market, analysts, agency, workers
    }

    /// The market's names, rules and bytes: those of the original's agents, so that these can take part.
    static var market: Market {
        get throws {
            Market(
                "market",
                rules: MarketRules(
                    bidding: .seconds(20), lifetime: .minutes(2), rounds: 4, providers: 2, lease: .seconds(6),
                    attempts: 2),
                format: try .rawAvro())
        }
    }

    static func topology(_ role: Role, of market: Market) throws -> StreamTopology {
        try StreamTopology(role == .all ? "data-market" : "data-\(role.rawValue)") {
            if role == .market || role == .all {
                market.mediator()
            }
            if role == .buyer || role == .all {
                let buyer = market.requester("buyer", policy: Policies.buyer)
                buyer
                buyer.outcomes.to(Topic("outcomes", key: .string, value: .json()))
            }
            if role == .analysts || role == .all {
                market.provider("analysts", policy: Policies.analysts)
            }
            if role == .agency || role == .all {
                market.provider("agency", policy: Policies.agency)
            }
            if role == .workers || role == .all {
                market.executor("workers", inFlight: 4, timeout: .seconds(20)) { order, _ in
                    try await Workshop.work(on: order)
                }
            }
        }
    }
}
