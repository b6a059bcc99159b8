import EventLog
import Observability
import StreamCore

/// Where a task begins to read each of its inputs, given what was committed (rule 8 of the design).
struct InputStarts {
    let plan: ExecutionPlan
    let log: any EventLog
    let options: RuntimeOptions
    /// The sources that the application had when its state was last written; nil when nobody knows.
    let formerSources: Set<String>?
    let journal: EventJournal
    let counters: Counters

    /// The offset to begin with for each input.
    ///
    /// - Throws: ``TopologyError`` with code `lostPosition` when records would be processed twice or be left out without
    ///   anybody's knowing; ``EventLogError``.
    func find(
        _ inputs: [TopicPartition], _ committed: [TopicPartition: CommittedPosition], hasState: Bool
    ) throws -> [TopicPartition: Int64] {
        var starts: [TopicPartition: Int64] = [:]
        for input in inputs {
            // With records of open transactions: a position cannot lie behind them.
            let offsets = try log.offsets(of: input, isolation: .uncommitted)
            guard let position = committed[input]?.offset else {
                // Without transactions state is written before the first position is.
                if hasState, options.guarantee == .exactlyOnce { try checkNew(input, offsets) }
                starts[input] = offsets.start
                continue
            }
            guard position <= offsets.end else { throw beyondEnd(input, position, offsets) }
            starts[input] = max(position, offsets.start)
            if position < offsets.start { noteLoss(of: input, from: position, to: offsets.start) }
        }
        return starts
    }

    /// Says that records of `input` were deleted before they were read.
    func noteLoss(of input: TopicPartition, from position: Int64, to start: Int64) {
        counters.add([Counters.Key("records_deleted_unread", step: input.topic): Int(start - position)])
        journal.warning(
            "\(start - position) records of \(input) were deleted before they were read",
            [
                "position": "\(position)", "start": "\(start)",
                "help": "give the topic a longer retention.ms than the application may be down",
            ])
    }

    /// A position beyond the end: the topic is another one than before.
    func beyondEnd(_ input: TopicPartition, _ position: Int64, _ offsets: LogOffsets) -> TopologyError {
        TopologyError(
            .lostPosition,
            """
            '\(plan.topology.name)' has read \(input) up to offset \(position), and the partition ends at \(offsets.end): \
            the topic was re-created or truncated. Start anew with 'reset', or set the group's position by hand to what \
            you want to be read next
            """)
    }

    /// The topic of an input is gone.
    func gone(_ input: TopicPartition) -> TopologyError {
        TopologyError(
            .missingTopic,
            """
            topic '\(input.topic)' was deleted while '\(plan.topology.name)' was reading it. Create it again, then start \
            anew with 'reset': positions and state belong to the topic that was
            """)
    }

    private func checkNew(_ input: TopicPartition, _ offsets: LogOffsets) throws {
        if let formerSources, !formerSources.contains(input.topic) {
            return journal.info("new input is read from its start", ["input": "\(input)"])
        }
        guard !options.acceptLostState else {
            return journal.warning("an input without a position is read from its start", ["input": "\(input)"])
        }
        throw TopologyError(
            .lostPosition,
            """
            '\(plan.topology.name)' has state and no committed position for \(input) (\(offsets.start) up to \
            \(offsets.end)): the group's offsets have expired or were deleted. Reading from the start would process \
            records a second time. Start anew with 'reset', or set the group's position by hand, or accept it with \
            '--accept-lost-state'
            """)
    }
}
