import Foundation
import JSON
import StreamCore
import Synchronization

extension MCPServer {
    /// Answers the protocol's requests over two file descriptors, a line each, until the input ends.
    ///
    /// Nothing else may be written to `output`. Requests are answered as they are done, several at once; `notifications/cancelled` ends one.
    ///
    /// - Parameters:
    ///   - input: where requests come from: 0 is standard input.
    ///   - output: where answers go: 1 is standard output.
    public func serve(input: Int32 = 0, output: Int32 = 1) async {
        let writer = MCPLineWriter(output)
        let running = RunningRequests()
        await withDiscardingTaskGroup { group in
            for await line in LineStream.lines(of: input) {
                switch Self.read(line) {
                case .failure(let error, let id): writer.write(MCPMessage.error(error, to: id))
                case .message(let message):
                    guard let id = message.id else {
                        if message.method == "notifications/cancelled", let id = message.parameters["requestId"] {
                            running.cancel(id)
                        }
                        continue
                    }
                    let task = Task(executorPreference: BlockingExecutor.mcp) {
                        await self.answer(message, id, writer)
                    }
                    running.add(id, task)
                    group.addTask {
                        await task.value
                        running.remove(id)
                    }
                }
            }
        }
    }

    private enum Line {
        case message(MCPMessage)
        case failure(MCPError, JSONValue?)
    }

    private static func read(_ line: Bytes) -> Line {
        let json: JSONValue
        do { json = try JSONValue(parsing: line) } catch { return .failure(.unreadable("\(error)"), nil) }
        do { return .message(try MCPMessage(json)) } catch {
            return .failure(error, MCPMessage.identity(of: json))
        }
    }

    private func answer(_ message: MCPMessage, _ id: JSONValue, _ writer: MCPLineWriter) async {
        let answer: JSONValue
        do { answer = MCPMessage.result(try await self.answer(message), to: id) } catch {
            answer = MCPMessage.error(error, to: id)
        }
        // A request that was taken back is not answered.
        if !Task.isCancelled { writer.write(answer) }
    }
}

extension BlockingExecutor {
    /// Where tools run that are called over standard streams.
    static let mcp = BlockingExecutor(label: "tributary.mcp")
}

/// The requests at work on one connection.
private final class RunningRequests: Sendable {
    private let tasks = Mutex<[JSONValue: Task<Void, Never>]>([:])

    func add(_ id: JSONValue, _ task: Task<Void, Never>) { tasks.withLock { $0[id] = task } }
    func remove(_ id: JSONValue) { tasks.withLock { $0[id] = nil } }
    func cancel(_ id: JSONValue) { tasks.withLock { $0[id] }?.cancel() }
}

/// Writes messages to a file descriptor, a line each; any thread.
final class MCPLineWriter: Sendable {
    private let handle: Mutex<FileHandle?>

    init(_ descriptor: Int32) { handle = Mutex(FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)) }

    /// Writes `message`; returns false when nobody reads any more.
    @discardableResult func write(_ message: JSONValue) -> Bool {
        let line = Data((message.text + "\n").utf8)
        return handle.withLock { handle in
            do {
                try handle?.write(contentsOf: line)
                return handle != nil
            } catch {
                handle = nil
                return false
            }
        }
    }
}
