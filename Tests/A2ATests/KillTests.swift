import A2A
import EventLog
import Foundation
import StreamCore
import Synchronization
import TestPrograms
import Testing

/// The echo agent as a process, killed in mid-stream.
@Suite("A killed A2A agent", .serialized, .timeLimit(.minutes(15)))
struct KillTests {
    private static let program = BuiltProgram("A2AEcho")

    private struct NotStarted: Error {
        let words: String
    }

    @Test(
        "W45, W47: killed in mid-stream and started again, it loses, doubles and reorders no event",
        .enabled(if: program.exists))
    func killed() async throws {
        let folder = try TemporaryFolder()
        let log = try EmbeddedEventLog(dataDirectory: folder.path)
        let running = Mutex<RunningProgram?>(nil)
        /// Kills the agent if there is one, and starts the next.
        @Sendable func next() throws {
            try running.withLock { running in
                running?.kill()
                let program = try Self.program.start(["run", "--data-dir", folder.path], in: folder.path)
                guard program.says("running", within: 120) else {
                    throw NotStarted(words: program.errorText)
                }
                running = program
            }
        }
        try await OwnThread.run(named: "kill test") { try next() }
        let client = try A2AClient(on: log, to: A2AEndpoint(application: "a2a-echo", agent: "echo"), leg: .seconds(5))
        defer { client.close() }
        let words = ["slowly"] + (1...9).map { "w\($0)" }
        let request = A2ASendMessage(
            A2AMessage("m1", role: .user, parts: [.text(words.joined(separator: " "))]))
        var numbers: [Int] = []
        var task: A2ATask?
        for try await event in client.stream(request, timeout: .seconds(600)) {
            numbers.append(event.generation)
            if case .task(let first) = event.response { task = first } else { try task?.apply(event.response) }
            if [3, 6].contains(event.generation) { try await OwnThread.run(named: "kill test") { try next() } }
        }
        #expect(numbers == Array(1...13))
        #expect(task?.status.state == .completed)
        #expect(task?.artifacts.first?.parts == words.map { .text($0) })
        try await OwnThread.run(named: "kill test") { running.withLock { $0?.kill() } }
    }
}
