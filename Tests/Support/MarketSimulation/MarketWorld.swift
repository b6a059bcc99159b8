package import StreamCore
package import TaskMarket

/// Everybody around a market, by a seed: requesters, providers and executors with random policies, some of them mad, and a network
/// that repeats, delays and reorders what they say.
package final class MarketWorld {
    /// How much of everything; shares are of 1,000.
    package struct Settings: Sendable {
        /// How many tasks are requested.
        package var tasks = 1_000
        /// How many in each tick of 100 ms.
        package var perTick = 20
        /// How many messages come twice.
        package var duplicates = 150
        /// How many messages come late, by up to half a minute.
        package var late = 20
        /// How many ticks kill the market.
        package var crashes = 10
        /// How many ticks set its clock forward or back.
        package var jumps = 3
        /// How many messages have garbage, or a copy under a wrong key, beside them.
        package var garbage = 10

        /// The usual.
        package init() {}
    }

    /// What was done to the market.
    package struct Tally: Sendable {
        package var messages = 0
        package var duplicates = 0
        package var crashes = 0
        package var jumps = 0
        package var garbage = 0
        package var longestJump: Int64 = 0
    }

    /// What holds in this world.
    package static let rules = MarketRules(
        bidding: .seconds(20), lifetime: .seconds(60), rounds: 4, lease: .seconds(3), wireLease: .seconds(8),
        attempts: 3, retryPause: .milliseconds(500), earlyMessages: .seconds(40))
    package static let start = Timestamp(milliseconds: 1_751_821_529_000)
    /// How far the clock is set forward at most.
    private static let longestJump = 5_000
    private static let tick: Int64 = 100

    let settings: Settings
    var random: SeededRandom
    private(set) var now: Int64
    private let host: any MarketHost
    private var queue = MessageQueue()
    private var skew: Int64 = 0
    /// What was asked, by task: actors must know what they talk about.
    var requests: [String: TaskRequest] = [:]
    package private(set) var oracle: MarketOracle
    package private(set) var tally = Tally()
    /// The tasks that must have a history: those whose request can be read.
    private var expected: Set<String> = []

    /// A world around `host`.
    package init(seed: UInt64, _ settings: Settings, host: any MarketHost) {
        self.settings = settings
        self.host = host
        random = SeededRandom(seed: seed)
        now = Self.start.milliseconds
        oracle = MarketOracle(
            MarketOracle.Promises(
                rounds: Self.rules.rounds, attempts: Self.rules.attempts,
                slack: Int64(Self.longestJump) * 2 + Self.tick * 2))
    }

    /// Runs until long after the last deadline, and has the oracle judge.
    ///
    /// - Throws: what the host throws.
    package func run() throws -> MarketOracle {
        var requested = 0
        var calm: Int64 = 0
        while calm < Self.rules.lifetime.milliseconds + Int64(Self.longestJump) * 4 + 40_000 {
            now += Self.tick
            if requested < settings.tasks {
                let count = min(settings.perTick, settings.tasks - requested)
                for number in requested..<(requested + count) { request(number) }
                requested += count
            } else {
                calm += Self.tick
            }
            jump(isCalm: requested >= settings.tasks)
            try host.set(Timestamp(milliseconds: now + skew))
            try deliver()
            for notice in try host.notices() { react(to: notice) }
            for record in try host.audit() { oracle.read(key: record.key, value: record.value) }
        }
        oracle.close()
        oracle.expect(expected)
        return oracle
    }

    private func jump(isCalm: Bool) {
        guard !isCalm, random.happens(settings.jumps) else { return }
        tally.jumps += 1
        skew = Int64(random.below(Self.longestJump * 2)) - Int64(Self.longestJump)
    }

    private func deliver() throws {
        let due = queue.take(until: now)
        guard !due.isEmpty else { return }
        let dies = random.happens(settings.crashes) ? random.below(due.count + 1) : nil
        if dies != nil { tally.crashes += 1 }
        tally.messages += due.count
        try host.take(due, dyingAfter: dies)
        for message in due {
            guard case .input(let input) = message else { continue }
            if let first = queue.isFirst(input) { if first { react(to: input) } }
        }
    }

    // MARK: The network

    /// Sends `input` after `delay` milliseconds: perhaps twice, perhaps later, perhaps with garbage beside it.
    func send(_ input: MarketInput, after delay: Int) {
        let late = random.happens(settings.late) ? random.below(30_000) : 0
        let due = now + Int64(delay + random.below(300) + late)
        queue.add(.input(input), at: due)
        if random.happens(settings.duplicates) {
            tally.duplicates += 1
            queue.add(.input(input), at: due + Int64(random.below(random.happens(100) ? 40_000 : 2_000)))
        }
        if random.happens(settings.garbage) {
            tally.garbage += 1
            if random.happens(500) {
                queue.add(.astray(input, key: "astray-\(random.below(1_000))"), at: due)
            } else {
                let bytes = (0..<random.below(40)).map { _ in UInt8(random.below(256)) }
                queue.add(.garbage(topic: random.below(4), Bytes(bytes)), at: due)
            }
        }
    }

    private func request(_ number: Int) {
        let name = "t-\(number)"
        let isBad = random.happens(10)
        let cost: Double? =
            isBad ? [.nan, -1, .infinity, -.infinity][random.below(4)] : random.happens(100) ? nil : cents(20_000)
        // Now and then it waited long before, or comes from a clock that is wrong.
        let age =
            random.happens(20) ? Int64(random.below(120_000)) : random.happens(10) ? -Int64(random.below(900_000)) : 0
        let request = TaskRequest(
            name, requester: "buyer-\(random.below(50))", description: "task number \(number)", proposedCost: cost,
            priority: Int32(1 + random.below(5)), timestamp: now - age)
        if !isBad {
            requests[name] = request
            expected.insert(name)
        }
        send(.request(request), after: random.happens(50) ? random.below(5_000) : 0)
        if isBad { bid(for: request) }
        if random.happens(5) {
            var other = request
            other.description = "something else"
            send(.request(other), after: 3_000)
        }
        if random.happens(5) {
            // Nobody ever requests it.
            let ghost = TaskResponse(
                "ghost-\(number)", responder: "analyst-1", .accepted, counterOffer: 1, timestamp: now)
            send(.response(ghost), after: 0)
        }
    }

    /// A price of up to so many cents.
    func cents(_ limit: Int) -> Double { Double(random.below(limit)) / 100 }
}

/// What is on its way, earliest first.
struct MessageQueue {
    private var slots: [Int64: [WorldMessage]] = [:]
    private var last: Int64 = .min
    private var seen: Set<String> = []

    mutating func add(_ message: WorldMessage, at due: Int64) {
        slots[max(due / 100, last + 1), default: []].append(message)
    }

    mutating func take(until now: Int64) -> [WorldMessage] {
        let slot = now / 100
        var taken: [WorldMessage] = []
        if last == .min { last = slot - 1 }
        while last < slot {
            last += 1
            taken += slots.removeValue(forKey: last) ?? []
        }
        return taken
    }

    /// Whether nobody has heard `input` before.
    mutating func isFirst(_ input: MarketInput) -> Bool? { seen.insert(input.task + input.fingerprint).inserted }
}
