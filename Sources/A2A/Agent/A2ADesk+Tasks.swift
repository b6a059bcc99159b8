import AgentOperators
import JSON
import StateStores
import StreamCore

extension A2ADesk {
    // MARK: Tasks

    /// `GetTask`.
    func getTask(_ call: A2ACall) throws {
        let request = try A2AGetTask(json: call.params)
        guard try isHere(request.id, call) else { return }
        let record = try record(of: request.id)
        try answer(call, record.task.withHistory(request.historyLength).json, generation: record.generation)
    }

    /// `ListTasks`: a conversation's from the book itself, all from the instance's copy of every partition's tasks.
    func listTasks(_ call: A2ACall) throws {
        let request = try A2AListTasks(json: call.params)
        var found: [A2ATask] = []
        if request.contextID.isEmpty {
            found = Array(listing.snapshot.values)
        } else {
            guard try isHere(request.contextID, call) else { return }
            try book.tasks.scan { _, record, _ in
                if record.task.contextID == request.contextID { found.append(record.task) }
                return true
            }
        }
        try answer(call, try TaskListing(request).page(of: found).json)
    }

    /// `CancelTask`.
    func cancelTask(_ call: A2ACall) throws {
        let request = try A2ATaskName(json: call.params)
        guard try isHere(request.id, call) else { return }
        var record = try record(of: request.id)
        let state = record.task.status.state
        guard !state.isTerminal else {
            throw A2AError(
                .taskNotCancelable, "task '\(request.id)' has ended (\(state.rawValue))",
                metadata: ["taskId": request.id, "state": state.rawValue])
        }
        // The task ends first: what its handlers still say counts for nothing.
        try close(request.id, .canceled, nil, call.now)
        for work in record.work { _ = try engine?.cancel(work, "the task was canceled") }
        record = try self.record(of: request.id)
        try answer(call, record.task.json, generation: record.generation)
    }

    /// `SubscribeToTask`: the task as it is, or what the client has missed, then everything as it comes.
    func subscribe(_ call: A2ACall) throws {
        let request = try A2ATaskName(json: call.params)
        guard plan.card.capabilities.streaming else {
            throw A2AError(.unsupportedOperation, "this agent does not stream: use GetTask")
        }
        guard try isHere(request.id, call) else { return }
        let record = try record(of: request.id)
        let last = try call.message.headers.value(named: A2AHeader.generation).map { text throws(A2AFormatError) in
            guard let number = Int(text), number >= 0, number <= record.generation else {
                throw A2AFormatError(
                    "header A2A-Generation must be 0 through \(record.generation), not '\(text.prefix(40))'")
            }
            return number
        }
        guard !record.task.status.state.isTerminal || last != nil else { throw Self.ended(record.task) }
        try book.wait(
            TaskWaiter(
                id: call.id, subject: request.id, isStream: true, endsOnInput: false, topic: call.address.topic,
                partition: call.address.partition, key: call.message.key?.utf8,
                deadline: (call.message.deadline ?? call.now + plan.options.tasksKept).milliseconds, historyLength: nil),
            call.now)
        let isReplayed = try last.map { try book.replay(record, after: $0, to: call.id, call.now) } ?? false
        if !isReplayed { try book.item(Self.bytes(.task(record.task)), record.generation, to: call.id, call.now) }
        if record.task.status.state.isTerminal {
            try book.end(call.id, .task(record.task), record.generation, call.now)
        }
    }

    /// `GetExtendedAgentCard`.
    func extendedCard(_ call: A2ACall) throws {
        guard plan.card.capabilities.extendedAgentCard else {
            throw A2AError(.unsupportedOperation, "this agent has no extended card")
        }
        guard let card = plan.options.extendedCard else {
            throw A2AError(.extendedCardNotConfigured, "the extended card of this agent is not configured")
        }
        try answer(call, card.json)
    }

    // MARK: Push configurations

    func needPushes() throws(A2AError) {
        guard plan.card.capabilities.pushNotifications else {
            throw A2AError(.pushNotificationNotSupported, "this agent sends no push notifications")
        }
    }

    /// `CreateTaskPushNotificationConfig`.
    func createPush(_ call: A2ACall) throws {
        try needPushes()
        let config = try A2APushConfig(json: call.params)
        guard !config.taskID.isEmpty else { throw A2AFormatError("'taskId' must be text that is not empty") }
        guard try isHere(config.taskID, call) else { return }
        try answer(call, try addPush(config, to: config.taskID, call).json)
    }

    /// Adds a configuration, or replaces the one of its id.
    @discardableResult
    func addPush(_ config: A2APushConfig, to task: String, _ call: A2ACall) throws -> A2APushConfig {
        let record = try record(of: task)
        var config = config
        config.taskID = task
        if config.id.isEmpty { config.id = StableID.make("push/\(call.id)") }
        try plan.options.pushing.check(config)
        guard config.json.text.utf8.count < 16_384, config.id.utf8.count <= 256 else {
            throw A2AFormatError("a push configuration can have 16 KiB, its id 256 bytes")
        }
        let known = try pushes(of: task)
        guard known.count < A2APushOptions.mostConfigs || known.contains(where: { $0.id == config.id }) else {
            throw A2AError(.invalidParams, "task '\(task)' has \(known.count) push configurations, which is the most")
        }
        try book.pushes.put(A2AStores.pushKey(task, config.id), config, at: call.now)
        if !record.isPushed { try book.note(task, call.now) { $0.isPushed = true } }
        return config
    }

    private func pushes(of task: String) throws -> [A2APushConfig] {
        var configs: [A2APushConfig] = []
        try book.pushes.scan(prefix: Bytes("\(task)\u{0}")) { _, config, _ in
            configs.append(config)
            return true
        }
        return configs
    }

    /// `GetTaskPushNotificationConfig`.
    func getPush(_ call: A2ACall) throws {
        try needPushes()
        let name = try A2APushConfigName(json: call.params)
        guard try isHere(name.taskID, call) else { return }
        _ = try record(of: name.taskID)
        guard let config = try book.pushes.get(A2AStores.pushKey(name.taskID, name.id)) else {
            throw A2AError(.taskNotFound, "task '\(name.taskID)' has no push configuration '\(name.id.prefix(200))'")
        }
        try answer(call, config.json)
    }

    /// `ListTaskPushNotificationConfigs`.
    func listPushes(_ call: A2ACall) throws {
        try needPushes()
        let request = try A2AListPushConfigs(json: call.params)
        guard try isHere(request.taskID, call) else { return }
        _ = try record(of: request.taskID)
        // They are few by rule: one page holds them unless the client wants less.
        var configs = try pushes(of: request.taskID).filter { $0.id > request.pageToken || request.pageToken.isEmpty }
        var next = ""
        if request.pageSize > 0, configs.count > request.pageSize {
            configs = Array(configs.prefix(request.pageSize))
            next = configs.last?.id ?? ""
        }
        try answer(call, A2APushConfigPage(configs: configs, nextPageToken: next).json)
    }

    /// `DeleteTaskPushNotificationConfig`: done whether or not it was there.
    func deletePush(_ call: A2ACall) throws {
        try needPushes()
        let name = try A2APushConfigName(json: call.params)
        guard try isHere(name.taskID, call) else { return }
        _ = try record(of: name.taskID)
        try book.pushes.put(A2AStores.pushKey(name.taskID, name.id), nil, at: call.now)
        if try pushes(of: name.taskID).isEmpty { try book.note(name.taskID, call.now) { $0.isPushed = false } }
        try answer(call, A2AEmpty().json)
    }
}
