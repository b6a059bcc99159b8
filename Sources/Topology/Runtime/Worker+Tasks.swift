import EventLog
import Observability
import StateStores
import StreamCore

// MARK: - Tasks come and go

extension Worker {
    func obey() {
        for command in shared.takeCommands() {
            switch command {
            case .assign(let id): tasks.append(RunningTask(id, now: options.clock.now()))
            case .release(let ids, let isLost, let done):
                leave(ids, isLost: isLost)
                done()
            }
        }
    }

    /// Gives tasks up: commits and checkpoints them first unless they are lost.
    func leave(_ ids: [TaskID], isLost: Bool) {
        for task in tasks where ids.contains(task.id) { task.running?.leaving() }
        if !isLost {
            if pending != nil { retryPending(Timestamp(milliseconds: .max)) }
            if pending == nil { commit(options.clock.now(), tasks.filter { $0.running?.hasUncommitted == true }) }
        }
        for task in tasks where ids.contains(task.id) { abandon(task, checkpointing: !isLost && !isPending(task)) }
        tasks.removeAll { ids.contains($0.id) }
        // Granted again, a task must not be taken for fenced by the answer to a commit of its former life.
        let rest = pending?.commits.filter { !ids.contains($0.task) } ?? []
        if rest.isEmpty { pending = nil } else { pending?.commits = rest }
    }

    func abandon(_ task: RunningTask, checkpointing: Bool) {
        switch task.state {
        case .waiting: break
        case .restoring(let restoring): restoring.callOff(keeping: true)
        case .running(let stream):
            for input in stream.inputs { reader.close(input.source) }
            close(stream, checkpointing: checkpointing)
            shared.note(task.id, nil)
        }
        task.state = .waiting(options.clock.now())
    }

    private func close(_ stream: StreamTask, checkpointing: Bool) {
        do {
            if checkpointing { try stream.markSources(on: log) }
            try stream.close(checkpointing: checkpointing)
        } catch {
            journal.warning("state was not closed cleanly", ["task": "\(stream.id)", "error": "\(error)"])
        }
    }

    /// Starts a task whose stores are restored.
    private func begin(_ task: RunningTask, _ stream: sending StreamTask, _ now: Timestamp) throws {
        task.state = .running(stream)
        task.lastCheckpoint = now
        task.lastCommit = now
        task.isAtEnd = false
        for input in stream.inputs { try open(input) }
        try stream.start()
        shared.note(task.id, stream.progress)
    }

    private func open(_ input: InputQueue) throws {
        do {
            try reader.open(input.source, at: input.position)
        } catch {
            guard error.code == .unknownTopic || error.code == .partitionOutOfRange else { throw error }
            throw starts.gone(input.source)
        }
    }
}

// MARK: - Work

extension Worker {
    /// Advances one task; a failure is the task's own.
    ///
    /// - Returns: whether anything was done.
    func advance(_ task: RunningTask, _ now: Timestamp) -> Bool {
        do {
            switch task.state {
            case .waiting(let moment):
                guard now >= moment else { return false }
                let restoring = RestoringTask(task.id, in: environment)
                task.state = .restoring(restoring)
                restorer.send(restoring)
                return true
            case .restoring(let restoring):
                if case .failed(let error) = restoring.progress { throw error }
                guard let stream = restoring.take() else { return false }
                try begin(task, stream, now)
                return true
            case .running(let stream):
                return try work(task, stream, now)
            }
        } catch {
            failed(task, error, now)
            return true
        }
    }

    private func work(_ task: RunningTask, _ stream: StreamTask, _ now: Timestamp) throws -> Bool {
        task.isAtEnd = true
        for input in stream.inputs where input.count < 1_000 && !input.isShut { try read(task, input, now) }
        var processed = 0
        // In portions, because one record may become many.
        while processed < 2_000, !isFull {
            let done = try stream.process(upTo: 250)
            processed += done
            if done < 250 { break }
        }
        let advanced = try stream.advance(now: now)
        return processed > 0 || advanced
    }

    private func read(_ task: RunningTask, _ input: InputQueue, _ now: Timestamp) throws {
        do {
            let batch = try reader.read(input.source, maxRecords: 4_000, maxBytes: 4 << 20)
            if !batch.records.isEmpty {
                task.isAtEnd = false
                if readOutage.end() { journal.info("inputs can be read again") }
            }
            input.append(batch)
        } catch {
            try recover(error, task, input, now)
        }
    }

    /// Deals with an error of reading that is no reason to give the task up.
    private func recover(_ error: EventLogError, _ task: RunningTask, _ input: InputQueue, _ now: Timestamp) throws {
        task.isAtEnd = false
        switch error.code {
        case .unavailable, .busy:
            environment.counters.add([.init("read_outages", step: input.source.topic): 1])
            guard readOutage.isWorthTelling(at: now) else { return }
            journal.warning("inputs cannot be read now", ["input": "\(input.source)", "error": "\(error)"])
        case .offsetOutOfRange, .closed:
            do {
                try moveOn(input)
            } catch let next as EventLogError {
                // An outage just now: the next read says the same again.
                guard FailureClass(next) == .outage else { throw next }
            }
        case .unknownTopic, .partitionOutOfRange: throw starts.gone(input.source)
        default: throw error
        }
    }

    /// Goes on from the start of an input whose records were deleted before they were read.
    private func moveOn(_ input: InputQueue) throws {
        let offsets = try log.offsets(of: input.source, isolation: .uncommitted)
        let position = input.readPosition
        guard position <= offsets.end else { throw starts.beyondEnd(input.source, position, offsets) }
        // Neither before the start nor behind the end: another look will tell.
        guard position < offsets.start else { return try reader.open(input.source, at: position) }
        starts.noteLoss(of: input.source, from: position, to: offsets.start)
        input.append(RecordBatch(source: input.source, records: [], nextOffset: offsets.start))
        try reader.open(input.source, at: offsets.start)
    }

    /// A task that failed is abandoned and taken over again later, or the instance stops, as the error's class says.
    func failed(_ task: RunningTask, _ error: any Error, _ now: Timestamp) {
        abandon(task, checkpointing: false)
        task.error = "\(error)"
        switch FailureClass(error) {
        case .stop:
            tell("task failed and stops the instance", task, error)
            shared.fail(error)
        case .outage:
            task.outages += 1
            task.state = .waiting(now + .milliseconds(min(5_000, 100 << min(task.outages, 6))))
            guard task.outage.isWorthTelling(at: now) else { return }
            journal.warning("task waits for the log", ["task": "\(task.id)", "error": "\(error)"])
        case .again:
            task.failures += 1
            if task.failures > 20 { return shared.fail(error) }
            task.state = .waiting(now + .milliseconds(min(30_000, 100 << min(task.failures, 8))))
            tell("task failed and is taken over again", task, error)
        case .rebuild: rebuild(task, error)
        }
    }

    /// Says where a task failed, and at which record of which trace, as far as that is known.
    private func tell(_ message: String, _ task: RunningTask, _ error: any Error) {
        var fields = [(name: "task", value: "\(task.id)"), (name: "error", value: "\(error)")]
        if let failure = error as? TaskFailure { fields += failure.fields }
        journal.note(.warning, message, fields: fields)
    }

    private func rebuild(_ task: RunningTask, _ error: any Error) {
        task.failures += 1
        journal.warning("state is damaged and rebuilt", ["task": "\(task.id)", "error": "\(error)"])
        if task.failures > 3 { return shared.fail(error) }
        guard let root = environment.stateDirectory else { return }
        do {
            try TaskStores.destroy(directory: "\(root)/\(plan.topology.name)/\(task.id)")
        } catch { shared.fail(error) }
    }
}
