import EventLog
import JSON
import Observability
import StreamCore
import Topology

/// `/status`: what the instance does, as JSON.
struct StatusPage {
    private let view: MonitorView
    private let application: RunningApplication

    init(_ view: MonitorView, _ application: RunningApplication) {
        self.view = view
        self.application = application
    }

    var json: JSONValue {
        let report = view.report
        var members = [
            JSONMember("application", .string(application.topology.name)),
            JSONMember("instance", .string(report.instance)),
            JSONMember("version", .string(application.topology.fingerprint)),
            JSONMember("log", .string(application.log.location)), JSONMember("phase", .string(report.phase.rawValue)),
            JSONMember("healthy", .bool(view.health.isHealthy)), JSONMember("ready", .bool(view.health.isReady)),
            JSONMember("reasons", .array(view.health.obstacles.map { .string($0) })),
        ]
        if let started = report.started {
            members.append(JSONMember("started", .integer(started.milliseconds)))
            members.append(JSONMember("uptimeSeconds", .integer(max(0, (view.now - started).milliseconds / 1_000))))
        }
        members += [
            JSONMember("recordsProcessed", .integer(Int64(application.runtime.counters.sum("records_processed")))),
            JSONMember("workers", .integer(Int64(report.workers.count))),
            JSONMember("tasksOfApplication", .integer(Int64(report.taskCount))),
            JSONMember("lag", view.inputs.compactMap(\.lag).isEmpty ? .null : .integer(lag(of: view.inputs))),
            JSONMember("tasks", .array(report.tasks.map(task))),
        ]
        return .object(members)
    }

    private func lag(of inputs: [MonitorView.Input]) -> Int64 { inputs.reduce(0) { $0 + ($1.lag ?? 0) } }

    private func task(_ task: TaskStatus) -> JSONValue {
        var members = [
            JSONMember("task", .string(task.task.description)), JSONMember("phase", .string(task.phase.rawValue)),
            JSONMember("restoreRemaining", .integer(task.remaining)),
        ]
        if task.since != .unknown { members.append(JSONMember("since", .integer(task.since.milliseconds))) }
        if let error = task.error {
            members.append(JSONMember("failures", .integer(Int64(task.failures))))
            members.append(JSONMember("error", .string(error)))
        }
        guard let progress = view.report.progress[task.task] else { return .object(members) }
        members += [
            JSONMember(
                "streamTime",
                progress.streamTime == .unknown ? .null : .integer(progress.streamTime.milliseconds)),
            JSONMember("committed", .integer(progress.committed.milliseconds)),
            JSONMember("buffered", .integer(Int64(progress.buffered))),
            JSONMember("openRequests", .integer(Int64(progress.openRequests))),
            JSONMember("uncheckpointedChanges", .integer(Int64(progress.uncheckpointed))),
            JSONMember("stores", .array(progress.stores.map { .string($0) })),
            JSONMember("inputs", .array(view.inputs.filter { $0.task == task.task }.map(input))),
        ]
        return .object(members)
    }

    private func input(_ input: MonitorView.Input) -> JSONValue {
        [
            "topic": .string(input.partition.topic), "partition": .integer(Int64(input.partition.partition)),
            "position": .integer(input.committed), "end": input.end.map { .integer($0) } ?? .null,
            "lag": input.lag.map { .integer($0) } ?? .null,
        ]
    }
}
