public import EventLog
import Observability
import StateStores
public import StreamCore

/// A task: one partition of one subtopology, with its own stores, stream time, timers and record queues.
///
/// Single-owner: one thread at a time calls it. It touches no log; a worker feeds it batches and carries its commits.
public final class StreamTask {
    /// The task.
    public let id: TaskID
    /// The epoch of its take-over; commits carry it.
    public private(set) var epoch: Int64 = 0
    /// What its steps see.
    public let context: TaskContext
    let stores: TaskStores
    let changelogs: [Changelog]
    let inputs: [InputQueue]
    let participants: [any TaskParticipant]
    private let counters: Counters
    private var committedPositions: [TopicPartition: CommittedPosition] = [:]
    private var isFresh = true
    private var processed = 0
    /// How many outputs there were before the changelog entries of the commit at hand.
    private var preparedOutputs: Int?

    /// A store of the task with the changelog partition that holds it.
    struct Changelog {
        let store: any StateStore
        let partition: TopicPartition
        let incarnation: String
        let topic: Int32
        /// Whether it is an input of the task, which others write: restored up to the committed position, never beyond.
        let isSource: Bool
    }

    /// Wires `id` of `plan` and opens its stores.
    ///
    /// - Throws: ``TopologyError`` when the graph cannot be wired; ``StateStoreError`` when state cannot be opened.
    public init(_ id: TaskID, of plan: ExecutionPlan, in environment: TaskEnvironment) throws {
        self.id = id
        counters = environment.counters
        let topology = plan.topology
        context = TaskContext(
            task: id, application: topology.name, environment: environment, errors: topology.errors,
            topic: topology.deadLetterTopic)
        stores = TaskStores(
            task: id, directory: environment.stateDirectory.map { "\($0)/\(topology.name)/\(id)" },
            memory: environment.memory, clock: environment.clock)
        let wiring = try Wiring(
            plan, task: id, context: context, stores: stores,
            globals: environment.globals ?? GlobalTables(of: topology))
        try stores.open()
        participants = wiring.participants.map(\.participant)
        inputs = Self.makeInputs(wiring, plan, id)
        changelogs = Self.makeChangelogs(stores, plan, id, environment, context)
    }

    private static func makeInputs(_ wiring: Wiring, _ plan: ExecutionPlan, _ id: TaskID) -> [InputQueue] {
        let subtopology = plan.topology.subtopologies[Int(id.subtopology)]
        return subtopology.sources.compactMap { node in
            guard let topic = plan.topology.topic(of: node), let receive = wiring.entrances[topic] else { return nil }
            let gates = wiring.participants.filter { plan.topology.isUpstream(node, of: $0.node) }.map(\.participant)
            return InputQueue(TopicPartition(topic, id.partition), position: 0, gates: gates, receive: receive)
        }
    }

    private static func makeChangelogs(
        _ stores: TaskStores, _ plan: ExecutionPlan, _ id: TaskID, _ environment: TaskEnvironment,
        _ context: TaskContext
    ) -> [Changelog] {
        let declarations = plan.topology.subtopologies[Int(id.subtopology)].stores
        return stores.stores.compactMap { store in
            let name = store.specification.name
            guard let declaration = declarations.first(where: { $0.specification.name == name }),
                store.specification.isLogged || declaration.sourceTopic != nil
            else { return nil }
            let topic = plan.topology.changelogTopic(of: declaration)
            return Changelog(
                store: store, partition: TopicPartition(topic, id.partition),
                incarnation: environment.changelogIncarnations[topic] ?? "",
                topic: declaration.sourceTopic == nil ? context.outputs.topicIndex(topic) : -1,
                isSource: declaration.sourceTopic != nil)
        }
    }

    /// Takes up the committed positions and times of a take-over, before restoring.
    public func resume(_ takeover: Takeover) {
        epoch = takeover.epoch
        committedPositions = takeover.positions
        var metadata = PositionMetadata()
        for input in inputs {
            guard let position = takeover.positions[input.source] else { continue }
            input.start(at: position.offset)
            metadata.merge(PositionMetadata(position.metadata))
            isFresh = false
        }
        context.streamTime = metadata.streamTime
        for (step, time) in metadata.steps { context.clock(of: step).time = time }
    }

    /// Tells the participants that state is restored; the first record comes after this.
    ///
    /// - Throws: what they throw.
    public func start() throws {
        for participant in participants { try guarded { try participant.started() } }
    }

    /// Adds records that were read of one of its inputs.
    public func add(_ batch: RecordBatch) {
        inputs.first { $0.source == batch.source }?.append(batch)
    }

    /// Processes up to `limit` records, always the one with the smallest timestamp among its partitions; returns how many.
    ///
    /// - Throws: ``TaskFailure``: the task must be abandoned or the instance stopped, as its reaction says.
    public func process(upTo limit: Int) throws -> Int {
        var done = 0
        while done < limit, let (input, bound) = choose() {
            done += try process(input, upTo: limit - done, notAfter: bound)
        }
        processed += done
        return done
    }

    /// The input whose next record is the earliest, and the timestamp up to which it stays so.
    private func choose() -> (InputQueue, Timestamp)? {
        var best: InputQueue?
        var earliest = Timestamp(milliseconds: .max)
        var bound = Timestamp(milliseconds: .max)
        for input in inputs {
            guard let next = input.next, !input.isShut else { continue }
            if best == nil || next.timestamp < earliest {
                if best != nil { bound = min(bound, earliest) }
                best = input
                earliest = next.timestamp
            } else {
                bound = min(bound, next.timestamp)
            }
        }
        return best.map { ($0, bound) }
    }

    private func process(_ input: InputQueue, upTo limit: Int, notAfter bound: Timestamp) throws -> Int {
        context.source = input.source
        var done = 0
        while done < limit, let record = input.next, record.timestamp <= bound {
            context.current = record
            context.headers = record.headers
            if let tracer = context.tracer { context.beginSpan(of: record, tracer) }
            let before = context.streamTime
            do {
                try input.receive(record)
            } catch {
                throw asFailure(error, stage: .process)
            }
            input.advance()
            if context.openSpan != nil { context.endSpan(of: record) }
            done += 1
            if !context.punctuations.isEmpty, context.streamTime > before { try punctuateStreamTime() }
            if !input.gates.isEmpty, input.isShut { break }
        }
        context.current = nil
        return done
    }

    private func punctuateStreamTime() throws {
        try punctuate(.streamTime, now: context.streamTime)
    }

    /// Runs what is due at `now`: participants and wall-clock punctuations; returns whether there was anything.
    ///
    /// - Throws: ``TaskFailure``, as ``process(upTo:)``.
    public func advance(now: Timestamp) throws -> Bool {
        var busy = false
        context.headers = .none
        for participant in participants where try guarded({ try participant.advance(now: now) }) {
            busy = true
        }
        if !context.punctuations.isEmpty, try punctuate(.wallClock, now: now) { busy = true }
        return busy
    }

    @discardableResult
    private func punctuate(_ kind: Punctuation.Kind, now: Timestamp) throws -> Bool {
        var any = false
        let (current, headers) = (context.current, context.headers)
        for punctuation in context.punctuations
        where punctuation.kind == kind && !punctuation.isCancelled && punctuation.next <= now.milliseconds {
            any = true
            punctuation.advance(past: now.milliseconds)
            context.current = nil
            context.headers = .none
            do {
                try punctuation.body(now)
            } catch {
                try context.fail(error, at: punctuation.step, .punctuate)
            }
        }
        (context.current, context.headers) = (current, headers)
        context.punctuations.removeAll(where: \.isCancelled)
        return any
    }

    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch { throw asFailure(error, stage: .process) }
    }

    private func asFailure(_ error: any Error, stage: Stage) -> TaskFailure {
        context.asFailure(error, at: nil, stage)
    }
}

extension StreamTask {
    /// Whether anything has happened since the last commit that a commit would say.
    public var hasUncommitted: Bool {
        if !context.outputs.isEmpty || isFresh { return true }
        for input in inputs where committedPositions[input.source]?.offset != input.position { return true }
        return changelogs.contains { $0.store.hasUncommittedChanges }
    }

    /// Whether a step asked for a commit soon.
    public var wantsCommit: Bool { context.isCommitRequested }

    /// All that the task has to say since its last commit; call ``committed(_:_:)`` when it is durable.
    ///
    /// Process nothing in between: the same commit may be tried several times.
    ///
    /// - Throws: ``TaskFailure`` when a store's value cannot be encoded.
    public func prepareCommit() throws -> TaskCommit {
        preparedOutputs = context.outputs.count
        for changelog in changelogs where changelog.store.hasUncommittedChanges {
            do {
                try changelog.store.appendChanges(
                    to: &context.outputs, topic: changelog.topic, partition: changelog.partition.partition)
            } catch {
                throw context.asFailure(error, at: changelog.store.specification.name, .encode)
            }
        }
        let steps = Dictionary(uniqueKeysWithValues: context.clocks.map { ($0.step, $0.time) })
        let metadata = PositionMetadata(streamTime: context.streamTime, steps: steps).text
        var positions: [TopicPartition: CommittedPosition] = [:]
        for input in inputs {
            positions[input.source] = CommittedPosition(offset: input.position, metadata: metadata)
        }
        return TaskCommit(task: id, epoch: epoch, positions: positions, records: context.outputs)
    }

    /// Takes the changelog entries of the commit at hand back, so that it can be prepared anew.
    func unprepareCommit() {
        if let preparedOutputs { context.outputs.truncate(to: preparedOutputs) }
        preparedOutputs = nil
    }

    /// Notes that the commit made of ``prepareCommit()`` is durable.
    ///
    /// - Throws: ``TaskFailure`` from a participant.
    public func committed(_ receipt: CommitReceipt, _ positions: [TopicPartition: CommittedPosition]) throws {
        for changelog in changelogs {
            let end =
                changelog.isSource
                ? positions[changelog.partition]?.offset : receipt.appended[changelog.partition]?.upperBound
            guard let end else { continue }
            changelog.store.committed(
                ChangelogMark(position: end, commitID: receipt.commitID, incarnation: changelog.incarnation))
        }
        committedPositions = positions
        isFresh = false
        context.outputs.removeAll()
        context.refusable.removeAll(keepingCapacity: true)
        preparedOutputs = nil
        context.isCommitRequested = false
        context.tallies[Counters.Key("records_processed"), default: 0] += processed
        processed = 0
        counters.add(context.tallies)
        context.tallies.removeAll(keepingCapacity: true)
        context.publishMeasurements(to: counters)
        let now = context.clock.now()
        for participant in participants { try guarded { try participant.committed(now: now) } }
    }

    /// How many changes a checkpoint would move.
    public var changesSinceCheckpoint: Int { stores.stores.reduce(0) { $0 + $1.changesSinceCheckpoint } }

    /// Moves all committed changes into the stores on disk; call it only right after a commit.
    ///
    /// - Parameter moment: stores that were last written before it are written again even if nothing has changed.
    /// - Throws: ``StateStoreError``; the changes stay in memory and a later checkpoint takes them.
    public func checkpoint(renewingBefore moment: Timestamp? = nil) throws {
        try stores.checkpoint(renewingBefore: moment)
    }

    /// Asks `log` how it marks the inputs that serve as changelogs, since others wrote what is there; call it before a
    /// checkpoint.
    ///
    /// - Throws: ``EventLogError``.
    func markSources(on log: any EventLog) throws(EventLogError) {
        for changelog in changelogs where changelog.isSource && !changelog.store.hasUncommittedChanges {
            guard let position = committedPositions[changelog.partition] else { continue }
            changelog.store.committed(try log.mark(of: changelog.partition, at: position.offset))
        }
    }

    /// How many records it has read and not processed.
    public var buffered: Int { inputs.reduce(0) { $0 + $1.count } }

    /// How far it is, as of its last commit.
    var progress: TaskProgress {
        TaskProgress(
            positions: committedPositions.mapValues(\.offset), streamTime: context.streamTime, buffered: buffered,
            openRequests: participants.reduce(0) { $0 + $1.openRequests }, uncheckpointed: changesSinceCheckpoint,
            stores: stores.stores.map(\.specification.name), committed: context.clock.now())
    }

    /// Whether a step waits for something outside.
    public var isWaiting: Bool { participants.contains(where: \.isWaiting) }

    /// When it has something to do even if nothing arrives; nil when never.
    public var nextDue: Timestamp? {
        var due = participants.compactMap(\.nextDue).min()
        for punctuation in context.punctuations where punctuation.kind == .wallClock {
            let next = Timestamp(milliseconds: punctuation.next)
            due = due.map { min($0, next) } ?? next
        }
        return due
    }

    /// Tells the participants that the next commit is the last here.
    public func leaving() { for participant in participants { participant.leaving() } }

    /// Ends the task on this thread: cancels what waits and closes its stores.
    ///
    /// - Parameter checkpointing: whether what is committed goes to disk first; false after a failure.
    /// - Throws: ``StateStoreError`` when the last checkpoint fails; nothing is lost then, the changelog has it.
    public func close(checkpointing: Bool) throws {
        for participant in participants { participant.ended() }
        try stores.close(checkpointing: checkpointing)
    }
}
