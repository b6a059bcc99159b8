import AgentOperators
import Foundation
import FoundationNetworking
import StreamCore
import StreamDSL

/// What the duplicate-effect experiment runs and kills: charges accounts, in steps, at a ledger in another process.
///
/// `TRIBUTARY_CHARGES_URL` is the ledger. `TRIBUTARY_CHARGES_NAIVE=1` charges without steps and keys, as a contrast.
@main struct ChargePipeline: StreamApplication {
    static let orders = Topic("orders", key: .string, value: .int)
    static let outcomes = Topic("outcomes", key: .int, value: .string)

    var summary: String { "charges accounts, while somebody kills it" }

    var topology: StreamTopology {
        get throws {
            let environment = ProcessInfo.processInfo.environment
            let ledger = Ledger(base: environment["TRIBUTARY_CHARGES_URL"] ?? "")
            let isNaive = environment["TRIBUTARY_CHARGES_NAIVE"] != nil
            var options = AskOptions(timeout: .minutes(20), inFlight: 8)
            options.retry = RetryPolicy(attempts: 100, first: .milliseconds(20))
            return try StreamTopology("charges") { [options] in
                Self.orders.stream().mapAsync(named: "charge", options: options) { order, context in
                    if isNaive {
                        for step in ["reserve", "charge", "receipt"] { try await ledger.charge(order, step) }
                    } else {
                        try await ledger.work(order, context)
                    }
                    return order
                }
                .map { record in
                    switch record.value {
                    case .success(let order): (order, "charged")
                    case .failure(let failure): (-1, failure.code.rawValue)
                    }
                }
                .to(Self.outcomes)
            }
        }
    }
}

/// A service that takes money.
struct Ledger: Sendable {
    let base: String

    /// Three charges of one order, the middle one by the policy that the order's number decides.
    func work(_ order: Int, _ context: AskContext) async throws {
        try await context.step("reserve") { try await charge(order, "reserve", key: $0.idempotencyKey) }
        switch order % 3 {
        case 0: try await context.step("charge") { try await charge(order, "charge", key: $0.idempotencyKey) }
        case 1:
            let policy = StepPolicy<Bool>.reconcile { try await knows($0.idempotencyKey) ? true : nil }
            try await context.step("charge", policy: policy) { step in
                try await charge(order, "charge", noting: step.idempotencyKey)
                return true
            }
        default:
            do {
                try await context.step("charge", policy: .atMostOnce) { step in
                    try await charge(order, "charge", noting: step.idempotencyKey)
                    return true
                }
            } catch let failure as StepFailure where failure.code == .interrupted {
                try await context.step("report") { try await charge(order, "interrupted", key: $0.idempotencyKey) }
            }
        }
        try await context.step("receipt") { try await charge(order, "receipt", key: $0.idempotencyKey) }
    }

    /// With a `key` the ledger charges once, however often it is asked; with one it only notes, and without, always.
    func charge(_ order: Int, _ step: String, key: String? = nil, noting: String? = nil) async throws {
        _ = try await send("\(key == nil ? "plain" : "once")/\(order)/\(step)", key ?? noting ?? "")
    }

    func knows(_ key: String) async throws -> Bool { try await send("known", key) == "yes" }

    private func send(_ path: String, _ key: String) async throws -> String {
        guard let url = URL(string: "\(base)/\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue(key, forHTTPHeaderField: "idempotency-key")
        let (data, _) = try await URLSession.shared.data(for: request)
        return String(data: data, encoding: .utf8) ?? ""
    }
}
