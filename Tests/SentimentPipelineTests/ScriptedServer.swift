import Foundation

@testable import SentimentPipeline

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A real HTTP server in a process of its own that answers as the path of a request says.
struct ScriptedServer {
    /// A request that the server saw.
    struct Request: Decodable {
        let path: String
        let body: String
        let headers: [String: String]
    }

    /// What the server saw so far.
    struct Log: Decodable {
        let seen: [Request]
        /// The paths of requests whose client went away before it had its answer.
        let closed: [String]
    }

    /// Whether Python is there to run the script.
    static let isAvailable: Bool = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }
    }()

    /// Where it listens, on 127.0.0.1.
    let port: Int

    /// Starts a server, lends it to `body` and stops it, whatever happens.
    static func run(_ body: (ScriptedServer) async throws -> Void) async throws {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        var line = ""
        while !line.contains("\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            line += String(decoding: more, as: UTF8.self)
        }
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw ChatFailure(.unreachable, "the scripted server did not start: '\(line)'")
        }
        try await body(ScriptedServer(port: port))
    }

    /// A client whose requests are answered as `scenario` says.
    func client(
        _ scenario: String, key: String? = nil, timeLimit: Duration = .seconds(600), limiter: RateLimiter? = nil,
        now: Int64 = 1_767_603_600_000
    ) throws -> ChatSentimentClient {
        let settings = try ChatSettings(
            baseURL: "http://127.0.0.1:\(port)/\(scenario)/v1", model: "tiny", key: key, timeLimit: timeLimit)
        return ChatSentimentClient(settings: settings, limiter: limiter, clock: FixedClock(milliseconds: now))
    }

    /// What the server saw so far.
    func log() async throws -> Log {
        let address = URL(string: "http://127.0.0.1:\(port)/log") ?? URL(fileURLWithPath: "/")
        let (data, _) = try await URLSession.shared.data(from: address)
        return try JSONDecoder().decode(Log.self, from: data)
    }
}
