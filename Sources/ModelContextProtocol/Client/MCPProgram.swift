import Foundation
import JSON
import StreamCore
import Synchronization

/// A server that is a program of ours: requests go to its standard input, a line each.
final class MCPProgram: MCPTransport {
    private typealias Waiting = CheckedContinuation<Result<JSONValue, MCPError>, Never>

    private struct State {
        var waiting: [Int64: Waiting] = [:]
        /// Why there will be no answers any more.
        var end: MCPError?
    }

    private let name: String
    private let program: Mutex<Process>
    private let input: Pipe
    private let output: Pipe
    private let writer: MCPLineWriter
    private let state = Mutex(State())

    init(_ path: String, _ arguments: [String], _ environment: [String: String]) throws(MCPError) {
        name = path
        let process = Process()
        input = Pipe()
        output = Pipe()
        // Another child that begins while this one runs would keep the pipe open, and this one would never see its end.
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        let isPath = path.contains("/")
        process.executableURL = URL(fileURLWithPath: isPath ? path : "/usr/bin/env")
        process.arguments = isPath ? arguments : [path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        // To write to a program that has ended is an error here; as a signal it would end this process, too.
        _ = signal(SIGPIPE, SIG_IGN)
        do { try process.run() } catch { throw .unreachable("'\(path)' cannot be started: \(error)") }
        writer = MCPLineWriter(input.fileHandleForWriting.fileDescriptor)
        program = Mutex(process)
        let lines = LineStream.lines(of: output.fileHandleForReading.fileDescriptor)
        Task { [weak self] in
            for await line in lines { self?.take(line) }
            self?.finish(.unreachable("the program '\(path)' has ended"))
        }
    }

    func send(
        _ request: JSONValue, id: Int64, headers: [String: String], timeout: Duration
    ) async throws(MCPError) -> JSONValue {
        let limit = Task { [weak self] in
            try await Task.sleep(for: timeout)
            guard let self, self.conclude(id, .failure(.unreachable("'\(self.name)' did not answer within \(timeout)")))
            else { return }
            let parameters = JSONValue.object([JSONMember("requestId", .integer(id))])
            self.writer.write(MCPMessage.notification("notifications/cancelled", parameters))
        }
        defer { limit.cancel() }
        let result = await withCheckedContinuation { (waiting: Waiting) in
            let end = state.withLock { state in
                if state.end == nil { state.waiting[id] = waiting }
                return state.end
            }
            if let end {
                waiting.resume(returning: .failure(end))
            } else if !writer.write(request) {
                conclude(id, .failure(.unreachable("the program '\(name)' takes no requests any more")))
            }
        }
        return try result.get()
    }

    func notify(_ message: JSONValue, version: String) async throws(MCPError) { writer.write(message) }

    func close() async {
        finish(.local("the client is closed"))
        try? input.fileHandleForWriting.close()
        for _ in 0..<50 where program.withLock({ $0.isRunning }) { try? await Task.sleep(for: .milliseconds(20)) }
        program.withLock { if $0.isRunning { $0.terminate() } }
        for _ in 0..<50 where program.withLock({ $0.isRunning }) { try? await Task.sleep(for: .milliseconds(20)) }
        program.withLock { if $0.isRunning { _ = kill($0.processIdentifier, SIGKILL) } }
    }

    private func take(_ line: Bytes) {
        // What is no answer is a notification, or talk that does not belong there.
        guard let json = try? JSONValue(parsing: line), let id = json["id"]?.integerValue, json["method"] == nil else {
            return
        }
        conclude(id, .success(json))
    }

    @discardableResult private func conclude(_ id: Int64, _ result: Result<JSONValue, MCPError>) -> Bool {
        guard let waiting = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return false }
        waiting.resume(returning: result)
        return true
    }

    private func finish(_ error: MCPError) {
        let left = state.withLock { state in
            state.end = state.end ?? error
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for waiting in left { waiting.resume(returning: .failure(error)) }
    }
}
