import Console
import EventLog
import StreamCore

/// Sends dead letters again, each once: it says what it is about to do, does it, and says that it is done.
///
/// Who finds that another run said the first and not the last looks for what that run may have sent before it sends anything.
final class DeadLetterRetry {
    /// What became of a letter.
    enum Outcome {
        /// It is sent, by this run or by one that ended before it could say so.
        case sent(DeadLetterMark, isFound: Bool)
        /// It was not sent, and why.
        case refused(CommandError)
    }

    /// Where and how letters are sent.
    struct Options {
        /// The topic that all go to; nil sends each to where it came from.
        var destination: TopicDescription?
        /// Whether those are sent too that were sent, or dropped, before.
        var again = false
        /// Whether they get the present time instead of their own.
        var now = false
        /// Who says so.
        var by: String?
        /// How long another run that has not said that it is done is given.
        var patience = Duration.minutes(1)
    }

    private let box: DeadLetterBox
    private let options: Options
    private let clock: any WallClock
    private let attempt: String
    private var log: any EventLog { box.log }
    private var name: String { box.topic.name }

    init(_ box: DeadLetterBox, _ options: Options, clock: any WallClock = SystemWallClock()) {
        self.box = box
        self.options = options
        self.clock = clock
        attempt = String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// A letter that is about to be sent.
    private struct Plan {
        let letter: DeadLetter
        var intent: DeadLetterMark
        /// The intents of runs that ended; they are taken back.
        let stale: [DeadLetterMark]
        let value: Bytes?

        var target: TopicPartition { TopicPartition(intent.topic ?? "", intent.partition ?? 0) }
    }

    /// Sends `letters`, some hundred at most; returns what became of each, in their order.
    ///
    /// - Throws: ``EventLogError`` when the log fails; what is sent by then is found by the next run.
    func send(_ letters: [DeadLetter]) throws -> [Outcome] {
        try DeadLetterMarks.make(for: name, log)
        let marks = try DeadLetterMarks(of: name, log)
        var outcomes: [String: Outcome] = [:]
        var plans: [Plan] = []
        for letter in letters {
            do {
                let (plan, found) = try prepare(letter, marks)
                if let plan { plans.append(plan) }
                if let found { outcomes[letter.number] = .sent(found, isFound: true) }
            } catch let error as CommandError {
                outcomes[letter.number] = .refused(error)
            }
        }
        let mine = try claim(plans, &outcomes)
        try deliver(mine, &outcomes)
        return letters.map { outcomes[$0.number] ?? .refused(CommandError(.failure, "'\($0.id)' was not sent")) }
    }

    // MARK: Before

    /// Decides what is to be done about a letter: to send it, or nothing because it was sent.
    private func prepare(
        _ letter: DeadLetter, _ marks: DeadLetterMarks
    ) throws -> (plan: Plan?, found: DeadLetterMark?) {
        if let outcome = marks.outcomes[letter.number], !options.again {
            throw CommandError(
                .conflict, "'\(letter.id)' \(outcome.words)", hint: "send it all the same with --again",
                kind: "alreadyHandled")
        }
        let now = clock.now()
        let intents = marks.intents[letter.number] ?? []
        for intent in intents where Timestamp(milliseconds: intent.at) + options.patience > now {
            throw CommandError(
                .conflict, "'\(letter.id)' \(intent.words)", hint: "try again in a minute", kind: "beingRetried")
        }
        for intent in intents {
            guard let place = try trace(of: intent, letter) else { continue }
            return (nil, try settle(letter, intent, at: place, retracting: intents))
        }
        let target = try destination(of: letter)
        let value = try whole(letter)
        let from = try log.offsets(of: target, isolation: .uncommitted).end
        let intent = DeadLetterMark(
            letter: letter.number, status: .retrying, attempt: attempt, at: now.milliseconds, by: options.by,
            topic: target.topic, partition: target.partition, from: from)
        return (Plan(letter: letter, intent: intent, stale: intents, value: value), nil)
    }

    /// Where the record is that `intent`, of a run that ended, has sent; nil when it has sent none.
    private func trace(of intent: DeadLetterMark, _ letter: DeadLetter) throws -> Int64? {
        guard let topic = intent.topic, let partition = intent.partition, let from = intent.from,
            let known = try log.topic(topic), partition >= 0, partition < known.partitions
        else { return nil }
        let start = try log.offsets(of: TopicPartition(topic, partition), isolation: .committed).start
        guard start <= from || options.again else {
            throw CommandError(
                .conflict,
                "'\(letter.id)' \(intent.words), and what was written to '\(topic)' then is deleted: nobody can tell whether it was sent",
                hint: "send it all the same with --again", kind: "unknownOutcome")
        }
        var found: Int64?
        try LogScan(known, log, partition: partition, from: from).forEach { record, _ in
            guard record.headers[DeadLetter.retryOf] == letter.id,
                record.headers[DeadLetter.retryAttempt] == intent.attempt
            else { return true }
            found = record.offset
            return false
        }
        return found
    }

    /// Says of a letter that a run has sent which ended before it could say so.
    private func settle(
        _ letter: DeadLetter, _ intent: DeadLetterMark, at offset: Int64, retracting intents: [DeadLetterMark]
    ) throws -> DeadLetterMark {
        let now = clock.now()
        var outcome = intent
        outcome.status = .retried
        outcome.offset = offset
        outcome.from = nil
        outcome.at = now.milliseconds
        var buffer = RecordBuffer()
        try buffer.append(outcome, of: name)
        for intent in intents { buffer.retract(intent, of: name, at: now) }
        try log.append(buffer)
        return outcome
    }

    private func destination(of letter: DeadLetter) throws -> TopicPartition {
        if let topic = options.destination {
            let partition = letter.record.key.map { Murmur2.partition($0, of: topic.partitions) }
            return TopicPartition(topic.name, partition ?? Int32.random(in: 0..<max(1, topic.partitions)))
        }
        guard let source = letter.source else {
            throw CommandError(
                .failure, "'\(letter.id)' does not say where it came from: no application wrote it",
                hint: "name a topic with --to, or drop it", kind: "noSource")
        }
        guard let topic = try log.topic(source.place.topic) else {
            throw CommandError(
                .notFound, "'\(letter.id)' came from '\(source.place.topic)', which is not there any more",
                hint: "name another topic with --to", kind: "unknownTopic")
        }
        guard source.place.partition < topic.partitions else {
            throw CommandError(
                .notFound,
                "'\(letter.id)' came from \(source.place), and '\(topic.name)' has \(topic.partitions) partitions",
                hint: "name the topic with --to, and its key decides", kind: "partitionOutOfRange")
        }
        return source.place
    }

    /// The letter's value as it came; of one that was cut, the value that its topic still has.
    private func whole(_ letter: DeadLetter) throws -> Bytes? {
        guard let length = letter.truncatedFrom else { return letter.record.value }
        var found: Bytes?
        if let source = letter.source, let topic = try log.topic(source.place.topic),
            source.place.partition < topic.partitions
        {
            try LogScan(topic, log, partition: source.place.partition, from: source.offset).forEach { record, _ in
                if record.offset == source.offset, record.key == letter.record.key { found = record.value }
                return false
            }
        }
        let rest = letter.record.value ?? .empty
        guard let found, found.count == length, found[0..<min(rest.count, length)] == rest else {
            throw CommandError(
                .failure,
                "'\(letter.id)' had \(length) bytes and was cut to \(rest.count); its topic does not have it any more",
                hint: "drop it, or send what is left by 'topics consume' and 'topics produce'", kind: "truncated")
        }
        return found
    }

    // MARK: The claim

    /// Says which letters this run is about to send; those that another run has claimed meanwhile are left to it.
    private func claim(_ plans: [Plan], _ outcomes: inout [String: Outcome]) throws -> [Plan] {
        guard !plans.isEmpty else { return [] }
        var claims = RecordBuffer()
        for plan in plans {
            for stale in plan.stale { claims.retract(stale, of: name, at: clock.now()) }
            try claims.append(plan.intent, of: name)
        }
        try log.append(claims)
        // All runs read one order: of two that claim a letter at once the first has it.
        let present = try DeadLetterMarks(of: name, log)
        var mine: [Plan] = []
        var lost = RecordBuffer()
        for plan in plans {
            let number = plan.letter.number
            let first = present.intents[number]?.first
            let wasSent = present.outcomes[number] != box.marks.outcomes[number] && !options.again
            guard first?.attempt != attempt || wasSent else {
                mine.append(plan)
                continue
            }
            lost.retract(plan.intent, of: name, at: clock.now())
            let words = present.outcomes[number].flatMap { wasSent ? $0.words : nil } ?? first?.words ?? "is taken"
            outcomes[number] = .refused(
                CommandError(
                    .conflict, "'\(plan.letter.id)' \(words)", hint: "somebody else retries these letters now",
                    kind: "beingRetried"))
        }
        if !lost.isEmpty { try log.append(lost) }
        return mine
    }

    // MARK: The sending

    private func deliver(_ plans: [Plan], _ outcomes: inout [String: Outcome]) throws {
        guard !plans.isEmpty else { return }
        let now = clock.now()
        var records = RecordBuffer()
        for plan in plans {
            var headers = plan.letter.originalHeaders
            headers.set(DeadLetter.retryOf, plan.letter.id)
            headers.set(DeadLetter.retryCount, String(plan.letter.retries + 1))
            headers.set(DeadLetter.retryAttempt, attempt)
            records.append(
                to: plan.target, key: plan.letter.record.key, value: plan.value,
                timestamp: options.now ? now : plan.letter.record.timestamp, headers: headers)
        }
        let ranges = try log.append(records)
        var done = RecordBuffer()
        var counts: [TopicPartition: Int64] = [:]
        let sizes = Dictionary(grouping: plans, by: \.target).mapValues { Int64($0.count) }
        for plan in plans {
            var outcome = plan.intent
            outcome.status = .retried
            outcome.from = nil
            outcome.at = clock.now().milliseconds
            // Others may have written between them: then only the range is known.
            if let range = ranges[plan.target], Int64(range.count) == sizes[plan.target] {
                outcome.offset = range.lowerBound + counts[plan.target, default: 0]
                counts[plan.target, default: 0] += 1
            }
            try done.append(outcome, of: name)
            done.retract(plan.intent, of: name, at: clock.now())
            outcomes[plan.letter.number] = .sent(outcome, isFound: false)
        }
        try log.append(done)
    }
}
