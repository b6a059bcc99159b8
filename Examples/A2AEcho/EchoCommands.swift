import A2A
import Console
import EventLog
import Foundation
import JSON
import Operations
import StreamCore

/// The client's commands.
enum EchoCommands {
    static var all: [Command] { [ask, task, tasks, cancel, subscribe, card] }

    private static let text = Parameter.argument("text", ValueFormat<String>.text, help: "what to say")
    private static let id = Parameter.argument("task", ValueFormat<String>.text, help: "the task's id")
    private static let stream = Parameter.flag("stream", help: "show every event as it comes")
    private static let follow = Parameter.option(
        "task", ValueFormat<String>.text.named("ID"), help: "the task that waits for this")
    private static let messageID = Parameter.option(
        "message-id", ValueFormat<String>.text.named("ID"), help: "sent again under the same id it is the same message")
    private static let after = Parameter.option(
        "after", ValueFormat<Int>.integer(0...Int.max), help: "the number of the last event that is known")
    private static let timeout = Parameter.option(
        "timeout", .duration, default: .seconds(60), shown: "60s", help: "how long to wait")

    private static let ask = Command(
        "ask", summary: "say something to the agent, and wait for what comes of it",
        examples: [
            Command.Example("ask \"hello world\" --data-dir ./data", "wait for the task's end"),
            Command.Example("ask \"hello world\" --stream --data-dir ./data", "show every event"),
        ],
        arguments: [text], options: LogOptions.all + [stream, follow, messageID, timeout]
    ) { invocation in
        let message = A2AMessage(
            try invocation[messageID] ?? UUID().uuidString, role: .user, parts: [.text(try invocation[text])],
            taskID: try invocation[follow] ?? "")
        let (isStream, limit) = (try invocation[stream], try invocation[timeout])
        try await wait(invocation) { client in
            guard isStream else {
                try show(try await client.send(A2ASendMessage(message), timeout: limit).json, invocation)
                return
            }
            for try await event in client.stream(A2ASendMessage(message), timeout: limit) {
                try show(event, invocation)
            }
        }
    }

    private static let subscribe = Command(
        "subscribe", summary: "show every event of a task as it comes",
        examples: [Command.Example("subscribe 3f… --after 4 --data-dir ./data", "go on after event 4")],
        arguments: [id], options: LogOptions.all + [after, timeout]
    ) { invocation in
        let (task, last, limit) = (try invocation[id], try invocation[after], try invocation[timeout])
        try await wait(invocation) { client in
            for try await event in client.subscribe(to: task, after: last, timeout: limit) {
                try show(event, invocation)
            }
        }
    }

    private static let task = Command(
        "task", summary: "show a task",
        examples: [Command.Example("task 3f… --data-dir ./data", "as it is now")], arguments: [id],
        options: LogOptions.all
    ) { invocation in
        let name = try invocation[id]
        try await wait(invocation) { try show(try await $0.task(name).json, invocation) }
    }

    private static let tasks = Command(
        "tasks", summary: "show the tasks whose status changed last",
        examples: [Command.Example("tasks --data-dir ./data", "the last 50")], options: LogOptions.all
    ) { invocation in
        try await wait(invocation) { try show(try await $0.tasks().json, invocation) }
    }

    private static let cancel = Command(
        "cancel", summary: "take a task back",
        examples: [Command.Example("cancel 3f… --data-dir ./data", "end it")], arguments: [id],
        options: LogOptions.all
    ) { invocation in
        let name = try invocation[id]
        try await wait(invocation) { try show(try await $0.cancel(name).json, invocation) }
    }

    private static let card = Command(
        "card", summary: "show the agent's card",
        examples: [Command.Example("card", "as JSON")]
    ) { invocation in try show(A2AEcho.card.json, invocation) }

    private static func show(_ event: A2AEvent, _ invocation: Invocation) throws {
        try invocation.output.write("\(event.generation) \(event.response.json.text)\n")
        // Events are for who watches: they must not wait for the task's end.
        try invocation.output.flush()
    }

    private static func show(_ json: JSONValue, _ invocation: Invocation) throws {
        try invocation.output.write(json.prettyText + "\n")
    }

    /// Runs `body` with a client.
    private static func wait(
        _ invocation: Invocation, _ body: (A2AClient) async throws -> Void
    ) async throws {
        let client = try A2AClient(on: try LogOptions.open(invocation, mustExist: true), to: A2AEcho.endpoint)
        defer { client.close() }
        do {
            try await body(client)
        } catch let error as A2AError {
            throw CommandError(.failure, "\(error)")
        }
    }
}
